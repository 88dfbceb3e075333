"""The Home tab, hellos and notices."""

import json
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from adapters.chats.slack.forms.user_defaults import view_of
from adapters.chats.slack.outgoing.home_tab import LISTED, TASTE, UNSUBSCRIBE
from bot.app import App
from bot.errors import Unsure
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Stage, new_id
from bot.notices.subscriptions import Notice, Subscription
from bot.policy.user_defaults import Taste
from bot.requests.kinds import Talk
from bot.wording.cards import Card
from tests.adapters.slack.conftest import Walk, eventually, finished, until
from tests.fakes import slack_rules
from tests.fakes.job import a_job
from tests.fakes.slack_person import Person
from tests.fakes.slack_server import BOT_USER, SlackServer


def said(home: dict[str, Any]) -> str:
    """All of a tab."""
    return str(home["blocks"])


async def test_the_home_tab_follows_its_viewers_jobs(walk: Walk, slack: SlackServer) -> None:
    """Drawn when opened and when a job of theirs moves; with a way to begin, and credits."""
    async with walk.running() as (app, ana):
        await ana.event({"type": "app_home_opened", "tab": "home", "channel": "D1"})
        await until(lambda: "U1" in slack.homes)
        assert "9 of 10 credits" in said(slack.homes["U1"]) or "10 of 10 credits" in said(slack.homes["U1"])
        await ana.command("subscribe done", "/did")
        await ana.command("Welcome aboard!")
        await finished(app)
        await until(
            lambda: "Talk: “Welcome aboard!”" in said(slack.homes["U1"]) and "Lately" in said(slack.homes["U1"])
        )
        assert "What holds for you" in said(slack.homes["U1"])
        assert "Studio: " in said(slack.homes["U1"])
        assert "didtalk:redo" in said(slack.homes["U1"])
        await ana.event({"type": "app_home_opened", "tab": "home", "channel": "D1"})
        await until(lambda: "<#C1> hears of videos that are done (`done`), set by <@U1>." in said(slack.homes["U1"]))
        for block in slack.homes["U1"]["blocks"]:
            parsed = Block.parse(block)
            assert parsed
            parsed.validate_json()
        start = next(
            element
            for block in slack.homes["U1"]["blocks"]
            for element in block.get("elements", ())
            if element.get("action_id") == "didtalk_new:talk"
        )
        await ana.interact({"type": "block_actions", "actions": [{**start, "action_ts": "1"}]})
        await until(lambda: slack.views)


async def test_hello_is_said_once(walk: Walk, slack: SlackServer) -> None:
    """To somebody who opens the conversation, and in a channel we are invited to."""
    async with walk.running() as (_, ana):
        for _ in range(2):
            await ana.event({"type": "app_home_opened", "tab": "messages", "channel": "D1"})
            await ana.event({"type": "member_joined_channel", "channel": "C5", "user": BOT_USER})
            await until(lambda: slack.messages["D1"] and slack.messages["C5"])
        assert len(slack.messages["D1"]) == len(slack.messages["C5"]) == 1


async def test_a_notice_is_posted_found_and_whispered(walk: Walk, slack: SlackServer) -> None:
    """To the channel that subscribed, and by itself to the person."""
    place = Place(platform="slack", workspace="T1", channel="C3")
    notice = Notice(key="done/1/C3", place=place, topic="done")
    async with walk.running() as (app, _):
        chat: Any = app.chats["slack"]
        assert await chat.noticed(notice) is None
        slack.fail("chat.postMessage", "lost")
        with pytest.raises(Unsure):
            await chat.notify(notice, Card("Done", ("A video.",)))
        (posted,) = slack.messages["C3"]
        assert await chat.noticed(notice) == f"C3/{posted['ts']}"
        await chat.whisper("U1", place, "The channel is gone.")
        assert slack.messages["D1"][0]["text"] == "<#C3>: The channel is gone."


async def test_a_notice_is_found_whose_answer_came_and_was_not_written_down(walk: Walk, slack: SlackServer) -> None:
    """The process may die between the answer of Slack and the next write; then the message is there all the same."""
    place = Place(platform="slack", workspace="T1", channel="C3")
    notice = Notice(key="done/1/C3", place=place, topic="done")
    async with walk.running() as (app, _):
        chat: Any = app.chats["slack"]
        posted = await chat.notify(notice, Card("Done", ("A video.",)))
        assert await chat.noticed(notice) == posted


async def test_home_is_left_alone_for_those_who_never_opened_it(walk: Walk, slack: SlackServer) -> None:
    """Nothing is drawn that nobody looks at."""
    async with walk.running() as (app, ana):
        await ana.command("Welcome aboard!")
        await finished(app)
        assert slack.homes == {}


async def look(ana: Person) -> dict[str, Any]:
    """Ana opens her tab and reads it, once it is drawn."""
    ana.slack.homes.pop(ana.user, None)
    await ana.event({"type": "app_home_opened", "tab": "home", "channel": "D1"})
    await until(lambda: ana.user in ana.slack.homes)
    return ana.slack.homes[ana.user]


def buttons(home: dict[str, Any], action: str) -> list[dict[str, Any]]:
    """Those of a tab that stand beside some words, by what they do."""
    beside = [block["accessory"] for block in home["blocks"] if "accessory" in block]
    return [each for each in beside if each["action_id"] == action]


async def tap(ana: Person, button: dict[str, Any]) -> None:
    """Ana taps on a button of her tab, where there is no channel and no message."""
    action = {"action_id": button["action_id"], "value": button["value"], "action_ts": ana.slack.stamp()}
    await ana.interact({"type": "block_actions", "actions": [action], "container": {"type": "view"}})


async def test_defaults_are_changed_on_home_and_hold_everywhere(walk: Walk, slack: SlackServer) -> None:
    """The form shows what holds, says at the field what is wrong, and the tab shows what came of it."""
    async with walk.running() as (app, ana):
        (change,) = buttons(await look(ana), TASTE)
        await tap(ana, change)
        answer = await ana.submit(slack.views[-1], voice="Sara", image="cleo", studio="did")
        assert "ada, ben or an https link" in answer.json()["errors"]["field:image"]
        assert (await ana.submit(slack.views[-1], voice="Sara", studio="did")).text == ""
        await until(lambda: "Voice: Sara\\nStudio: D-ID" in said(slack.homes["U1"]))
        assert "On it" in (await ana.command("Hello there")).text
        (job,) = await finished(app)
        assert isinstance(job.request, Talk)
        assert (job.request.voice, job.request.studio) == ("Sara", "did")
        await tap(ana, change)
        shown = {block["block_id"]: block["element"] for block in slack.views[-1]["blocks"] if "element" in block}
        assert shown["field:voice"]["initial_option"]["value"] == "Sara"
        assert (await ana.submit(slack.views[-1], voice="none", studio="none")).text == ""
        await until(lambda: "You have no defaults of your own yet." in said(slack.homes["U1"]))


async def test_lists_of_defaults_offer_none(walk: Walk, slack: SlackServer) -> None:
    """What was chosen in one of Slack's lists cannot be taken away there."""
    async with walk.running() as (_, ana):
        body = {"type": "block_suggestion", "action_id": "pick:mine:voices", "value": "", "view": {"id": "V1"}}
        answer = await ana.interact(body)
        assert [each["value"] for each in answer.json()["options"]] == ["none", "Sara"]
        answer = await ana.interact(body | {"action_id": "pick:voices"})
        assert [each["value"] for each in answer.json()["options"]] == ["Sara"]


async def test_a_subscription_ends_by_its_button_on_home(walk: Walk, slack: SlackServer) -> None:
    """The channel sees who ended it, the tab shows it no more; another's is shown to moderators alone."""
    walk.settings = {"moderators": "U3"}
    async with walk.running() as (app, ana):
        await ana.command("subscribe done failed", "/did")
        ben = Person(slack, ana.app, ana.now, user="U2")
        await ben.command("subscribe credits:<5", "/did", channel="C2")
        assert [each["value"] for each in buttons(await look(ana), UNSUBSCRIBE)] == ["C1 done", "C1 failed"]
        await tap(ana, buttons(slack.homes["U1"], UNSUBSCRIBE)[0])
        await until(lambda: "(`done`)" not in said(slack.homes["U1"]))
        await until(
            lambda: any("unsubscribed this channel from: done" in each["text"] for each in slack.messages["C1"])
        )
        await tap(ana, {"action_id": UNSUBSCRIBE, "value": "C2 credits"})
        await until(lambda: any("only they or a moderator" in each["text"] for each in slack.messages["D1"]))
        assert await _held(app, "C2") == ["credits:<5"]
        mia = Person(slack, ana.app, ana.now, user="U3")
        assert [each["value"] for each in buttons(await look(mia), UNSUBSCRIBE)] == ["C1 failed", "C2 credits"]
        await tap(mia, buttons(slack.homes["U3"], UNSUBSCRIBE)[1])

        async def gone() -> bool:
            return await _held(app, "C2") == []

        await eventually(gone)
        for each in (ben, mia):
            await each.client.aclose()


async def test_a_subscription_ends_once_also_where_nobody_can_be_told(walk: Walk, slack: SlackServer) -> None:
    """We may have been thrown out of the channel since."""
    async with walk.running() as (app, ana):
        await ana.command("subscribe done", "/did")
        (end,) = buttons(await look(ana), UNSUBSCRIBE)
        slack.closed.add("C1")
        await tap(ana, end)
        await until(lambda: not buttons(slack.homes["U1"], UNSUBSCRIBE))
        assert await _held(app, "C1") == []


async def test_the_fullest_tab_and_form_fit(walk: Walk, slack: SlackServer) -> None:
    """A hundred blocks hold the longest words of the most jobs and subscriptions; Slack's own models agree."""
    long = "<&>" * 3000
    async with walk.running() as (app, ana):
        asker = Asker(platform="slack", workspace="T1", user="U1")
        for stage in Stage:
            for _ in range(2):
                job = a_job(long, stage=stage, reason=long, notes=(long[:3000],)).but(asker=asker)
                await app.jobs.add([job.but(id=new_id(), group=new_id(), due_at=1e12)])
        kept = app.desk._board._subscriptions
        for count in range(2 * LISTED):
            place = Place(platform="slack", workspace="T1", channel=f"C{count:09}")
            wanted = {"topic": "done", "filter": f"@{'x' * 70}", "by": "U1", "by_name": long[:500]}
            await kept.put([Subscription(place=place, **wanted)])
        taste = Taste(
            voice="v" * 200, language="l" * 60, presenter="p" * 200, image=f"https://{'i' * 1900}", studio="did"
        )
        await app.desk.prefer(asker, taste)
        home = await look(ana)
    assert slack_rules.view(home) == []
    assert len(home["blocks"]) <= slack_rules.VIEW
    assert len(buttons(home, UNSUBSCRIBE)) == LISTED
    assert "And 25 more" in said(home)
    assert len(json.dumps(home)) < 200_000
    for block in home["blocks"]:
        parsed = Block.parse(block)
        assert parsed
        parsed.validate_json()
    form = view_of(taste)
    assert slack_rules.view(form) == []
    View(**{name: value for name, value in form.items() if name != "type"}, type="modal").validate_json()


async def _held(app: App, channel: str) -> list[str]:
    place = Place(platform="slack", workspace="T1", channel=channel)
    return [each.words for each in await app.desk._board._subscriptions.of(place)]
