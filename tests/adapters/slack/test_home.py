"""The Home tab, hellos and notices."""

from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.cards import Card
from bot.errors import Unsure
from bot.place import Place
from bot.subscriptions import Notice
from tests.adapters.slack.conftest import Walk, finished, until
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
        assert "Unless you say otherwise" in said(slack.homes["U1"])
        assert "Studio: " in said(slack.homes["U1"])
        assert "didtalk:redo" in said(slack.homes["U1"])
        await ana.event({"type": "app_home_opened", "tab": "home", "channel": "D1"})
        await until(lambda: "<#C1>: done" in said(slack.homes["U1"]))
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
        assert slack.messages["D1"][0]["text"] == "The channel is gone."


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
