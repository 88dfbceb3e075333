"""What cannot be kept was not taken on: Slack sends events again, and people who typed read a sentence."""

from typing import Any

import pytest

from bot.jobs.job import Wanted
from tests.adapters.slack.conftest import Walk, finished, until
from tests.adapters.slack.test_walks import photo
from tests.fakes.slack_server import BOT_USER, SlackServer
from tests.fakes.stuck import LOCKED, Stuck

AGAIN = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_error"}


async def test_an_event_that_cannot_be_kept_comes_again_and_is_taken_once(walk: Walk, slack: SlackServer) -> None:
    """503 is what makes Slack repeat it; a repeat of what was kept does nothing."""
    walk.stuck = Stuck()
    async with walk.running() as (app, ana):
        message = slack.say("C1", f"<@{BOT_USER}> animate", files=(slack.store("p.jpg", photo(), "image/jpeg"),))
        event = ana.happened({**message, "type": "app_mention", "channel": "C1"})
        walk.stuck.locked = True
        for _ in range(2):
            assert (await ana.send(event, **AGAIN)).status_code == 503
        walk.stuck.locked = False
        assert await app.jobs.pick(Wanted()) == []
        for _ in range(3):
            assert (await ana.send(event, **AGAIN)).status_code == 200
        (job,) = await finished(app)
        assert len(walk.studio.charged) == 1
        assert await app.jobs.pick(Wanted()) == [job]


async def test_over_a_socket_such_an_event_is_not_acknowledged(walk: Walk, slack: SlackServer) -> None:
    """Which makes Slack send it again there too."""
    walk.stuck = Stuck()
    async with walk.running(app_token="xapp-invented", signing_secret="") as (app, ana):
        await until(lambda: slack.connected)
        message = slack.say("C1", f"<@{BOT_USER}> say Hello there")
        event = ana.happened({**message, "type": "app_mention", "channel": "C1"})
        walk.stuck.locked = True
        with pytest.raises(TimeoutError):
            await slack.send("events_api", event, patience=0.5)
        walk.stuck.locked = False
        await slack.send("events_api", event, retry_attempt=1)
        await finished(app)
        assert len(walk.studio.charged) == 1


@pytest.mark.parametrize("typed", ["Hello there", "", "--voice Sara Hello"])
async def test_a_command_that_cannot_be_kept_is_answered_with_a_sentence(
    walk: Walk, slack: SlackServer, typed: str
) -> None:
    """Slack shows people nothing of an error of HTTP, and does not repeat a command."""
    walk.stuck = Stuck()
    async with walk.running() as (app, ana):
        walk.stuck.locked = True
        answer = await ana.command(typed)
        assert (answer.status_code, answer.json()["response_type"]) == (200, "ephemeral")
        assert answer.json()["text"] == LOCKED
        walk.stuck.locked = False
        assert await app.jobs.pick(Wanted()) == []
        assert "On it" in (await ana.command("Hello there")).text


async def test_a_command_kept_too_slowly_is_answered_in_time_all_the_same(walk: Walk, slack: SlackServer) -> None:
    """Slack waits three seconds; what became of it is said where it was typed, once it is known."""
    walk.stuck = Stuck()
    async with walk.running() as (app, ana):
        await ana.command("Hello before")  # from now on nothing has to be asked about her
        await finished(app)
        walk.stuck.free.clear()
        answer = await ana.command("Hello there")
        assert (answer.status_code, answer.text) == (200, "")
        assert slack.responses == []
        walk.stuck.free.set()
        await until(lambda: slack.responses)
        assert slack.responses[0]["response_type"] == "ephemeral"
        assert "On it" in slack.responses[0]["text"]
        await finished(app, count=2)


@pytest.mark.parametrize("what", ["tap", "form", "shortcut"])
async def test_a_tap_and_a_form_that_cannot_be_kept_say_so(walk: Walk, slack: SlackServer, what: str) -> None:
    """At the field, or to the person alone; never an error of HTTP."""
    walk.stuck = Stuck()
    async with walk.running() as (app, ana):
        await ana.command("Hello there")
        await finished(app)
        await until(lambda: "AI-generated" in slack.cards()[0]["text"])
        await ana.command("")
        walk.stuck.locked = True
        url = f"{slack.url}/respond"
        ways: dict[str, Any] = {
            "tap": lambda: ana.press(slack.cards()[0], "redo"),
            "form": lambda: ana.submit(slack.views[-1], script="Hello once more"),
            "shortcut": lambda: ana.interact({"type": "shortcut", "callback_id": "didtalk_new", "response_url": url}),
        }
        answer = await ways[what]()
        assert answer.status_code == 200
        if what == "form":
            assert LOCKED in str(answer.json()["errors"])
        else:
            await until(lambda: [each["text"] for each in slack.responses] == [LOCKED])
        walk.stuck.locked = False
        assert len(await app.jobs.pick(Wanted())) == 1
