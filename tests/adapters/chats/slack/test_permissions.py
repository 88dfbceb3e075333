"""Whoever may ask for no more is told so, whichever way they ask in Slack."""

from typing import Any

from bot.jobs.job import JobFilter
from tests.adapters.chats.slack.conftest import SlackHarness, wait_for_jobs, wait_until, wait_until_async
from tests.adapters.chats.slack.test_end_to_end import make_photo
from tests.fakes.slack.server import SlackServer

LIMIT_SENTENCE = "You have reached the limit of 1 video a day"


async def test_a_full_limit_holds_for_command_reaction_mention_button_and_form(
    walk: SlackHarness, slack: SlackServer
) -> None:
    """One job is all there is, each further gesture is answered to the person alone; another person may still ask."""
    walk.settings = {"user_limits": "day=1"}
    message = slack.post_message(
        "C1", "Hello you", user="U9", files=(slack.store_file("p.jpg", make_photo(), "image/jpeg"),)
    )
    async with walk.running() as (app, ana):

        def told() -> int:
            whispers = [*slack.calls_of("chat.postEphemeral"), *slack.url_responses]
            return len([each for each in whispers if LIMIT_SENTENCE in str(each)])

        await ana.add_reaction("C1", message["ts"], "clapper")
        (job,) = await wait_for_jobs(app)
        assert LIMIT_SENTENCE in (await ana.run_command("Hello there")).json()["text"]
        await wait_until(lambda: "AI-generated" in slack.card_messages()[0]["text"])
        await ana.add_reaction("C1", message["ts"], "man_dancing")
        await wait_until(lambda: told() == 1)
        await ana.mention_bot("say Hello there")
        await wait_until(lambda: told() == 2)
        await ana.press_button(slack.card_messages()[0], "redo")
        await wait_until(lambda: told() == 3)
        body = {"type": "message_action", "callback_id": "didtalk_talk", "message": message, "channel": {"id": "C1"}}
        await ana.send_interaction(body | {"response_url": f"{slack.url}/respond"})
        await wait_until(lambda: told() == 4)
        assert slack.views == [], "no form opens that would be refused after it was filled in"
        assert await app.jobs.list_jobs(JobFilter()) == [job]
        ana.user_id = "U2"
        assert "On it" in (await ana.run_command("Hello there")).json()["text"]


async def test_a_token_that_cannot_upload_is_refused_before_anything_is_paid(
    walk: SlackHarness, slack: SlackServer
) -> None:
    """Slack names the granted scopes with every answer; after a reinstall the next command is taken."""
    slack.granted_scopes.remove("files:write")
    async with walk.running() as (app, ana):
        await wait_until(lambda: bool(slack.calls_of("auth.test")))
        refused = (await ana.run_command("Hello there")).json()["text"]
        assert "missing the permission files:write" in refused
        assert "reinstall it from its manifest" in refused
        assert await app.jobs.list_jobs(JobFilter()) == []
        slack.granted_scopes.append("files:write")

        async def taken() -> bool:
            await walk.clock.sleep(30)
            return "On it" in (await ana.run_command("Hello there")).json()["text"]

        await wait_until_async(taken)
        assert len(await app.jobs.list_jobs(JobFilter())) == 1


async def test_where_no_videos_are_made_no_gesture_makes_one(walk: SlackHarness, slack: SlackServer) -> None:
    """A channel that is not on the list is told so; one that is goes on."""
    walk.settings = {"channels": "slack:C2"}
    message = slack.post_message("C1", "", user="U9", files=(slack.store_file("p.jpg", make_photo(), "image/jpeg"),))
    async with walk.running() as (app, ana):
        assert "in this channel" in (await ana.run_command("Hello there")).json()["text"]
        await ana.add_reaction("C1", message["ts"], "clapper")
        await wait_until(lambda: any("in this channel" in str(each) for each in slack.calls_of("chat.postEphemeral")))
        assert await app.jobs.list_jobs(JobFilter()) == []
        assert "On it" in (await ana.run_command("Hello there", channel="C2")).json()["text"]

        async def kept() -> bool:
            return len(await app.jobs.list_jobs(JobFilter())) == 1

        await wait_until_async(kept)


async def test_whoever_may_not_ask_is_told_before_a_form_is_shown(walk: SlackHarness, slack: SlackServer) -> None:
    """Command, Home button, shortcut, message action, edit and translate: a sentence instead of a form to fill in."""
    async with walk.running() as (app, ana):
        await ana.run_command("Hello there")
        await wait_for_jobs(app)
        await wait_until(lambda: "AI-generated" in slack.card_messages()[0]["text"])
        card = slack.card_messages()[0]
    walk.settings = {"not_askers": "slack:U1", "contact": "Ask Mia on the second floor."}
    refusal = "You can't request videos here. Ask Mia on the second floor."
    message = slack.post_message(
        "C1", "Hello you", user="U9", files=(slack.store_file("p.jpg", make_photo(), "image/jpeg"),)
    )
    async with walk.running() as (_, ana):
        for typed in ("", "animate", "animate dance"):
            command = "/did" if typed else "/didtalk"
            assert (await ana.run_command(typed, command)).json() == {"response_type": "ephemeral", "text": refusal}

        url = {"response_url": f"{slack.url}/respond"}
        asked: list[dict[str, Any]] = [
            {"type": "block_actions", "actions": [{"action_id": "didtalk_new:talk", "action_ts": "1"}], **url},
            {"type": "block_actions", "actions": [{"action_id": "didtalk_defaults", "action_ts": "2"}], **url},
            {"type": "shortcut", "callback_id": "didtalk_new", **url},
            {
                "type": "message_action",
                "callback_id": "didtalk_talk",
                "message": message,
                "channel": {"id": "C1"},
                **url,
            },
        ]
        for count, body in enumerate(asked, 1):
            assert (await ana.send_interaction(body)).status_code == 200
            await wait_until(lambda n=count: len(slack.url_responses) == n)  # type: ignore[misc]
        for count, act in enumerate(("edit", "translate"), len(asked) + 1):
            await ana.press_button(card, act)
            await wait_until(lambda n=count: len(slack.url_responses) == n)  # type: ignore[misc]
        assert {each["text"] for each in slack.url_responses} == {refusal}
        assert slack.views == []


async def test_where_videos_are_switched_off_no_form_is_shown_and_home_shows_one_that_asks_where(
    walk: SlackHarness, slack: SlackServer
) -> None:
    """What is wrong is the channel, so a form that still asks for the channel is shown, and refuses that one then."""
    slack.users["U1"]["is_admin"] = True
    async with walk.running() as (_, ana):
        await ana.run_command("settings videos=off", "/did")
        assert "Videos are turned off" in (await ana.run_command("")).json()["text"]
        assert slack.views == []
        button = {"action_id": "didtalk_new:talk", "action_ts": "1"}
        await ana.send_interaction({"type": "block_actions", "actions": [button]})
        answer = await ana.submit_form(slack.views[-1], script="Hello there", where="C1")
        assert "Videos are turned off" in answer.text
