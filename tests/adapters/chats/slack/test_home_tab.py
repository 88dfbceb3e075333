"""The Home tab, hellos and notices."""

import json
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from adapters.chats.slack.forms.view import defaults_view
from adapters.chats.slack.outgoing.home_tab import (
    CHANGE_DEFAULTS_ACTION,
    MAX_HOME_JOBS,
    MAX_HOME_SUBSCRIPTIONS,
    UNSUBSCRIBE_ACTION,
)
from bot.app import App
from bot.errors import Unsure
from bot.jobs.job import Asker, Place, Stage, new_id
from bot.notices.subscriptions import Notice, Subscription
from bot.policy.user_defaults import UserDefaults
from bot.requests.base import DeletedRequest
from bot.requests.kinds import Talk
from bot.wording.cards import Card
from tests.adapters.chats.slack.conftest import SlackHarness, wait_for_jobs, wait_until, wait_until_async
from tests.fakes.sample_job import a_job
from tests.fakes.slack import rules
from tests.fakes.slack.server import BOT_USER_ID, SlackServer
from tests.fakes.slack.user import FakeSlackUser


def tab_text(home: dict[str, Any]) -> str:
    """All of a tab."""
    return str(home["blocks"])


async def test_the_home_tab_follows_its_viewers_jobs(walk: SlackHarness, slack: SlackServer) -> None:
    """Drawn when opened and when a job of theirs moves; with a way to begin, and credits."""
    async with walk.running() as (app, ana):
        await ana.send_event({"type": "app_home_opened", "tab": "home", "channel": "D1"})
        await wait_until(lambda: "U1" in slack.home_tabs)
        assert "9 of 10 credits" in tab_text(slack.home_tabs["U1"]) or "10 of 10 credits" in tab_text(
            slack.home_tabs["U1"]
        )
        await ana.run_command("subscribe done", "/did")
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
        await wait_until(
            lambda: (
                "“Welcome aboard!”" in tab_text(slack.home_tabs["U1"]) and "Recent" in tab_text(slack.home_tabs["U1"])
            )
        )
        assert "Your limits and permissions" in tab_text(slack.home_tabs["U1"])
        assert "Provider: " in tab_text(slack.home_tabs["U1"])
        assert "didtalk:redo" in tab_text(slack.home_tabs["U1"])
        await ana.send_event({"type": "app_home_opened", "tab": "home", "channel": "D1"})
        await wait_until(
            lambda: "<#C1>: videos that are done (`done`). Turned on by <@U1>." in tab_text(slack.home_tabs["U1"])
        )
        for block in slack.home_tabs["U1"]["blocks"]:
            parsed = Block.parse(block)
            assert parsed
            parsed.validate_json()
        start = next(
            element
            for block in slack.home_tabs["U1"]["blocks"]
            for element in block.get("elements", ())
            if element.get("action_id") == "didtalk_new:talk"
        )
        await ana.send_interaction({"type": "block_actions", "actions": [{**start, "action_ts": "1"}]})
        await wait_until(lambda: slack.views)


async def test_what_was_deleted_is_not_on_the_tab(walk: SlackHarness, slack: SlackServer) -> None:
    """Nor does it take the place of what is there."""
    asker = Asker(platform="slack", workspace="T1", user="U1")
    async with walk.running() as (app, ana):
        for words in ("Still here", *["Gone"] * (MAX_HOME_JOBS + 1)):
            job = a_job(words, stage=Stage.DELIVERED).evolve(asker=asker, id=new_id(), group=new_id())
            await app.jobs.add([job if words == "Still here" else job.evolve(request=DeletedRequest())])
        home = tab_text(await open_home_tab(ana))
    assert "“Still here”" in home
    assert "deleted" not in home


async def test_hello_is_said_once(walk: SlackHarness, slack: SlackServer) -> None:
    """To somebody who opens the conversation, and in a channel we are invited to."""
    async with walk.running() as (_, ana):
        for _ in range(2):
            await ana.send_event({"type": "app_home_opened", "tab": "messages", "channel": "D1"})
            await ana.send_event({"type": "member_joined_channel", "channel": "C5", "user": BOT_USER_ID})
            await wait_until(lambda: slack.messages["D1"] and slack.messages["C5"])
        assert len(slack.messages["D1"]) == len(slack.messages["C5"]) == 1


async def test_a_notice_is_posted_found_and_whispered(walk: SlackHarness, slack: SlackServer) -> None:
    """To the channel that subscribed, and by itself to the person."""
    place = Place(platform="slack", workspace="T1", channel="C3")
    notice = Notice(key="done/1/C3", place=place, topic="done", subscriber="U1")
    async with walk.running() as (app, _):
        chat: Any = app.chats["slack"]
        assert await chat.find_notice(notice) is None
        slack.fail_next("chat.postMessage", "lost")
        with pytest.raises(Unsure):
            await chat.post_notice(notice, Card("Done", ("A video.",)))
        (posted,) = slack.messages["C3"]
        assert await chat.find_notice(notice) == f"C3/{posted['ts']}"
        await chat.send_privately("U1", place, "The channel is gone.")
        assert slack.messages["D1"][0]["text"] == "<#C3>: The channel is gone."


async def test_a_notice_of_a_video_leads_to_it(walk: SlackHarness, slack: SlackServer) -> None:
    """Whoever hears that it is done wants to see it."""
    async with walk.running() as (_, ana):
        await ana.run_command("subscribe done", "/did", channel="C3")
        await ana.run_command("Welcome aboard!")
        await wait_until(lambda: any("Done." in each["text"] for each in slack.messages["C3"]))
        (notice,) = [each for each in slack.messages["C3"] if "Done." in each["text"]]
        card = slack.messages["C1"][0]
        link = f"https://invented.slack.com/archives/C1/p{card['ts'].replace('.', '')}"
        assert f"<{link}|Watch the video>" in str(notice["blocks"])


async def test_a_notice_is_found_whose_answer_came_and_was_not_written_down(
    walk: SlackHarness, slack: SlackServer
) -> None:
    """The process may die between the answer of Slack and the next write; then the message is there all the same."""
    place = Place(platform="slack", workspace="T1", channel="C3")
    notice = Notice(key="done/1/C3", place=place, topic="done", subscriber="U1")
    async with walk.running() as (app, _):
        chat: Any = app.chats["slack"]
        posted = await chat.post_notice(notice, Card("Done", ("A video.",)))
        assert await chat.find_notice(notice) == posted


async def test_home_is_left_alone_for_those_who_never_opened_it(walk: SlackHarness, slack: SlackServer) -> None:
    """Nothing is drawn that nobody looks at."""
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
        assert slack.home_tabs == {}


async def open_home_tab(ana: FakeSlackUser) -> dict[str, Any]:
    """Ana opens her tab and reads it, once it is drawn."""
    ana.slack.home_tabs.pop(ana.user_id, None)
    await ana.send_event({"type": "app_home_opened", "tab": "home", "channel": "D1"})
    await wait_until(lambda: ana.user_id in ana.slack.home_tabs)
    return ana.slack.home_tabs[ana.user_id]


def find_buttons(home: dict[str, Any], action: str) -> list[dict[str, Any]]:
    """Those of a tab that stand beside some words, by what they do."""
    beside = [block["accessory"] for block in home["blocks"] if "accessory" in block]
    return [each for each in beside if each["action_id"] == action]


async def tap_button(ana: FakeSlackUser, button: dict[str, Any]) -> None:
    """Ana taps on a button of her tab, where there is no channel and no message."""
    action = {"action_id": button["action_id"], "value": button["value"], "action_ts": ana.slack.next_timestamp()}
    await ana.send_interaction({"type": "block_actions", "actions": [action], "container": {"type": "view"}})


async def test_defaults_are_changed_on_home_and_hold_everywhere(walk: SlackHarness, slack: SlackServer) -> None:
    """The form shows what holds, says at the field what is wrong, and the tab shows what came of it."""
    async with walk.running() as (app, ana):
        (change,) = find_buttons(await open_home_tab(ana), CHANGE_DEFAULTS_ACTION)
        await tap_button(ana, change)
        answer = await ana.submit_form(slack.views[-1], voice="Sara", image="cleo", studio="did")
        assert "ada, ben or an https link" in answer.json()["errors"]["field:image"]
        assert (await ana.submit_form(slack.views[-1], voice="Sara", studio="did")).text == ""
        await wait_until(lambda: "Voice: Sara\\nStudio: D-ID" in tab_text(slack.home_tabs["U1"]))
        assert "On it" in (await ana.run_command("Hello there")).text
        (job,) = await wait_for_jobs(app)
        assert isinstance(job.request, Talk)
        assert (job.request.voice, job.request.studio) == ("Sara", "did")
        await tap_button(ana, change)
        shown = {block["block_id"]: block["element"] for block in slack.views[-1]["blocks"] if "element" in block}
        assert shown["field:voice"]["initial_option"]["value"] == "Sara"
        assert (await ana.submit_form(slack.views[-1], voice="none", studio="none")).text == ""
        await wait_until(lambda: "You have no defaults yet." in tab_text(slack.home_tabs["U1"]))


async def test_lists_of_defaults_offer_none(walk: SlackHarness, slack: SlackServer) -> None:
    """What was chosen in one of Slack's lists cannot be taken away there."""
    async with walk.running() as (_, ana):
        body = {"type": "block_suggestion", "action_id": "pick:mine:voices", "value": "", "view": {"id": "V1"}}
        answer = await ana.send_interaction(body)
        assert [each["value"] for each in answer.json()["options"]] == ["none", "Sara"]
        answer = await ana.send_interaction(body | {"action_id": "pick:voices"})
        assert [each["value"] for each in answer.json()["options"]] == ["Sara"]


@pytest.mark.slow
async def test_a_subscription_ends_by_its_button_on_home(walk: SlackHarness, slack: SlackServer) -> None:
    """The channel sees who ended it, the tab shows it no more; another's is shown to moderators alone."""
    walk.settings = {"moderators": "U3"}
    async with walk.running() as (app, ana):
        await ana.run_command("subscribe done failed", "/did")
        ben = FakeSlackUser(slack, ana.app_url, ana.now, user="U2")
        await ben.run_command("subscribe credits:<5", "/did", channel="C2")
        assert [each["value"] for each in find_buttons(await open_home_tab(ana), UNSUBSCRIBE_ACTION)] == [
            "C1 done",
            "C1 failed",
        ]
        await tap_button(ana, find_buttons(slack.home_tabs["U1"], UNSUBSCRIBE_ACTION)[0])
        await wait_until(lambda: "(`done`)" not in tab_text(slack.home_tabs["U1"]))
        await wait_until(
            lambda: any("unsubscribed this channel from: done" in each["text"] for each in slack.messages["C1"])
        )
        await tap_button(ana, {"action_id": UNSUBSCRIBE_ACTION, "value": "C2 credits"})
        await wait_until(lambda: any("only they or a moderator" in each["text"] for each in slack.messages["D1"]))
        assert await _subscribed_topics(app, "C2") == ["credits:<5"]
        mia = FakeSlackUser(slack, ana.app_url, ana.now, user="U3")
        assert [each["value"] for each in find_buttons(await open_home_tab(mia), UNSUBSCRIBE_ACTION)] == [
            "C1 failed",
            "C2 credits",
        ]
        await tap_button(mia, find_buttons(slack.home_tabs["U3"], UNSUBSCRIBE_ACTION)[1])

        async def gone() -> bool:
            return await _subscribed_topics(app, "C2") == []

        await wait_until_async(gone)
        for each in (ben, mia):
            await each.client.aclose()


async def test_a_subscription_ends_once_also_where_nobody_can_be_told(walk: SlackHarness, slack: SlackServer) -> None:
    """We may have been thrown out of the channel since."""
    async with walk.running() as (app, ana):
        await ana.run_command("subscribe done", "/did")
        (end,) = find_buttons(await open_home_tab(ana), UNSUBSCRIBE_ACTION)
        slack.closed_channels.add("C1")
        await tap_button(ana, end)
        await wait_until(lambda: not find_buttons(slack.home_tabs["U1"], UNSUBSCRIBE_ACTION))
        assert await _subscribed_topics(app, "C1") == []


async def test_the_fullest_tab_and_form_fit(walk: SlackHarness, slack: SlackServer) -> None:
    """A hundred blocks hold the longest words of the most jobs and subscriptions; Slack's own models agree."""
    long = "<&>" * 3000
    async with walk.running() as (app, ana):
        asker = Asker(platform="slack", workspace="T1", user="U1")
        for stage in Stage:
            for _ in range(2):
                job = a_job(long, stage=stage, reason=long, notes=(long[:3000],)).evolve(asker=asker)
                await app.jobs.add([job.evolve(id=new_id(), group=new_id(), due_at=1e12)])
        kept = app.chat_context.subscriptions
        for count in range(2 * MAX_HOME_SUBSCRIPTIONS):
            place = Place(platform="slack", workspace="T1", channel=f"C{count:09}")
            wanted = {"topic": "done", "filter": f"@{'x' * 70}", "subscriber": "U1", "subscriber_name": long[:500]}
            await kept.subscribe([Subscription(place=place, **wanted)])
        taste = UserDefaults(
            voice="v" * 200, language="l" * 60, presenter="p" * 200, image=f"https://{'i' * 1900}", studio="did"
        )
        await app.chat_context.settings.set_defaults(asker, taste)
        home = await open_home_tab(ana)
    assert rules.check_view(home) == []
    assert len(home["blocks"]) <= rules.MAX_VIEW_BLOCKS
    assert len(find_buttons(home, UNSUBSCRIBE_ACTION)) == MAX_HOME_SUBSCRIPTIONS
    assert "And 25 more" in tab_text(home)
    assert len(json.dumps(home)) < 200_000
    for block in home["blocks"]:
        parsed = Block.parse(block)
        assert parsed
        parsed.validate_json()
    form = defaults_view(taste)
    assert rules.check_view(form) == []
    View(**{name: value for name, value in form.items() if name != "type"}, type="modal").validate_json()


async def _subscribed_topics(app: App, channel: str) -> list[str]:
    place = Place(platform="slack", workspace="T1", channel=channel)
    return [each.typed_form for each in await app.chat_context.subscriptions.list_for_place(place)]
