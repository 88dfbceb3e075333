"""What cannot be kept was not taken on: Slack sends events again, and people who typed read a sentence."""

from typing import Any

import pytest

from bot.jobs.job import JobFilter
from tests.adapters.chats.slack.conftest import SlackHarness, wait_for_jobs, wait_until
from tests.adapters.chats.slack.test_end_to_end import make_photo
from tests.fakes.slack.server import BOT_USER_ID, SlackServer
from tests.fakes.stuck_database import LOCKED_SENTENCE, StuckDatabase

RETRY_HEADERS = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_error"}


async def test_an_event_that_cannot_be_kept_comes_again_and_is_taken_once(
    walk: SlackHarness, slack: SlackServer
) -> None:
    """503 is what makes Slack repeat it; a repeat of what was kept does nothing."""
    walk.stuck_database = StuckDatabase()
    async with walk.running() as (app, ana):
        message = slack.post_message(
            "C1", f"<@{BOT_USER_ID}> animate", files=(slack.store_file("p.jpg", make_photo(), "image/jpeg"),)
        )
        event = ana.event_body({**message, "type": "app_mention", "channel": "C1"})
        walk.stuck_database.locked = True
        for _ in range(2):
            assert (await ana.send_json(event, **RETRY_HEADERS)).status_code == 503
        walk.stuck_database.locked = False
        assert await app.jobs.list_jobs(JobFilter()) == []
        for _ in range(3):
            assert (await ana.send_json(event, **RETRY_HEADERS)).status_code == 200
        (job,) = await wait_for_jobs(app)
        assert len(walk.studio.charged_markers) == 1
        assert await app.jobs.list_jobs(JobFilter()) == [job]


async def test_over_a_socket_such_an_event_is_not_acknowledged(walk: SlackHarness, slack: SlackServer) -> None:
    """Which makes Slack send it again there too."""
    walk.stuck_database = StuckDatabase()
    async with walk.running(app_token="xapp-invented", signing_secret="") as (app, ana):
        await wait_until(lambda: slack.socket_connected)
        message = slack.post_message("C1", f"<@{BOT_USER_ID}> say Hello there")
        event = ana.event_body({**message, "type": "app_mention", "channel": "C1"})
        walk.stuck_database.locked = True
        with pytest.raises(TimeoutError):
            await slack.send_envelope("events_api", event, timeout_seconds=0.5)
        walk.stuck_database.locked = False
        await slack.send_envelope("events_api", event, retry_attempt=1)
        await wait_for_jobs(app)
        assert len(walk.studio.charged_markers) == 1


@pytest.mark.parametrize("typed", ["Hello there", "", "--voice Sara Hello"])
async def test_a_command_that_cannot_be_kept_is_answered_with_a_sentence(
    walk: SlackHarness, slack: SlackServer, typed: str
) -> None:
    """Slack shows people nothing of an error of HTTP, and does not repeat a command."""
    walk.stuck_database = StuckDatabase()
    async with walk.running() as (app, ana):
        walk.stuck_database.locked = True
        answer = await ana.run_command(typed)
        assert (answer.status_code, answer.json()["response_type"]) == (200, "ephemeral")
        assert answer.json()["text"] == LOCKED_SENTENCE
        walk.stuck_database.locked = False
        assert await app.jobs.list_jobs(JobFilter()) == []
        assert "On it" in (await ana.run_command("Hello there")).text


async def test_a_command_kept_too_slowly_is_answered_in_time_all_the_same(
    walk: SlackHarness, slack: SlackServer
) -> None:
    """Slack waits three seconds; what became of it is said where it was typed, once it is known."""
    walk.stuck_database = StuckDatabase()
    async with walk.running() as (app, ana):
        await ana.run_command("Hello before")  # from now on nothing has to be asked about her
        await wait_for_jobs(app)
        walk.stuck_database.unblocked.clear()
        answer = await ana.run_command("Hello there")
        assert (answer.status_code, answer.text) == (200, "")
        assert slack.url_responses == []
        walk.stuck_database.unblocked.set()
        await wait_until(lambda: slack.url_responses)
        assert slack.url_responses[0]["response_type"] == "ephemeral"
        assert "On it" in slack.url_responses[0]["text"]
        await wait_for_jobs(app, count=2)


@pytest.mark.parametrize("what", ["tap", "form", "shortcut"])
async def test_a_tap_and_a_form_that_cannot_be_kept_say_so(walk: SlackHarness, slack: SlackServer, what: str) -> None:
    """At the field, or to the person alone; never an error of HTTP."""
    walk.stuck_database = StuckDatabase()
    async with walk.running() as (app, ana):
        await ana.run_command("Hello there")
        await wait_for_jobs(app)
        await wait_until(lambda: "AI-generated" in slack.card_messages()[0]["text"])
        await ana.run_command("")
        walk.stuck_database.locked = True
        url = f"{slack.url}/respond"
        ways: dict[str, Any] = {
            "tap": lambda: ana.press_button(slack.card_messages()[0], "redo"),
            "form": lambda: ana.submit_form(slack.views[-1], script="Hello once more"),
            "shortcut": lambda: ana.send_interaction(
                {"type": "shortcut", "callback_id": "didtalk_new", "response_url": url}
            ),
        }
        answer = await ways[what]()
        assert answer.status_code == 200
        if what == "form":
            assert LOCKED_SENTENCE in str(answer.json()["errors"])
        else:
            await wait_until(lambda: [each["text"] for each in slack.url_responses] == [LOCKED_SENTENCE])
        walk.stuck_database.locked = False
        assert len(await app.jobs.list_jobs(JobFilter())) == 1
