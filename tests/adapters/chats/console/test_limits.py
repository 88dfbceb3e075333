"""Limits and a channel's own settings hold in the console as everywhere."""

from pathlib import Path

from tests.adapters.chats.console.console_harness import console_harness


async def test_a_full_limit_holds_for_words_and_buttons(tmp_path: Path) -> None:
    """The refusal is told to the person, the job that filled the limit is the only one."""
    async with console_harness(tmp_path, user_limits="hour=1") as b:
        ana, ben = await b.open_page("ana"), await b.open_page("ben")
        await ana.say_line("/didtalk Welcome aboard!")
        done = await ana.find_card("good")
        again = await ana.post_action("say", text="/didtalk Once more", channel="general")
        assert "You have reached the limit of 1 video an hour" in again.text
        redone = await ana.post_action("press", action="redo", job=done["job"], message=done["id"])
        assert "You have reached the limit of 1 video an hour" in redone.text
        for asked in (
            {"kind": "say", "channel": "general"},
            {"job": done["job"], "action": "edit", "channel": "general"},
        ):
            form = await ana.client.get("/console/api/form", params={"as": "ana", **asked})
            assert form.status_code == 422, "no form is filled in for a refusal"
            assert "You have reached the limit of 1 video an hour" in form.text
        assert (await ben.post_action("say", text="/didtalk Hello from Ben", channel="general")).status_code == 200


async def test_a_moderator_switches_videos_off_for_a_channel(tmp_path: Path) -> None:
    """Ana cannot, Mia can; then nobody gets a video there until Mia changes her mind."""
    async with console_harness(tmp_path) as b:
        ana, mia = await b.open_page("ana"), await b.open_page("mia")
        tried = await ana.post_action("say", text="/did settings videos=off", channel="general")
        assert "Only a moderator" in tried.text
        await mia.say_line("/did settings videos=off")
        refused = await ana.post_action("say", text="/didtalk Hello", channel="general")
        assert "Videos are turned off in this channel" in refused.text
        await mia.say_line("/did settings videos=on")
        await ana.say_line("/didtalk Hello")
        await ana.find_card("good")


async def test_no_form_is_shown_where_no_videos_are_made(tmp_path: Path) -> None:
    """The reason stands in its place, so that nobody fills one in for nothing."""
    async with console_harness(tmp_path) as b:
        ana, mia = await b.open_page("ana"), await b.open_page("mia")
        await mia.say_line("/did settings videos=off")
        asked = {"as": "ana", "kind": "say", "channel": "general"}
        refused = await ana.client.get("/console/api/form", params=asked)
        assert refused.status_code == 422
        assert "Videos are turned off in this channel" in refused.text
        await mia.say_line("/did settings videos=on")
        assert (await ana.get_json("form", kind="say", channel="general"))["fields"]
