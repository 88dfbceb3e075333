"""Socket Mode is the same by another way: the walks of `test_walks` once more, and a line that breaks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.app import App
from tests.adapters.chats.slack import test_end_to_end as walks
from tests.adapters.chats.slack import test_home_tab as home
from tests.adapters.chats.slack.conftest import SlackHarness, wait_for_jobs, wait_until
from tests.fakes.slack.server import APP_TOKEN, SlackServer
from tests.fakes.slack.socket_user import FakeSocketUser
from tests.fakes.slack.user import FakeSlackUser


class SocketHarness(SlackHarness):
    """A walk on which nothing comes by HTTP."""

    @asynccontextmanager
    async def running(self, **keys: Any) -> AsyncIterator[tuple[App, FakeSlackUser]]:
        """The whole app, connected, and Ana."""
        async with super().running(app_token=APP_TOKEN, signing_secret="", **keys) as (app, ana):
            await wait_until(lambda: self.slack.socket_connected)
            other = FakeSocketUser(self.slack, ana.app_url, self.clock.now)
            async with other.client:
                yield app, other


@pytest.fixture
def walk(tmp_path: Path, slack: SlackServer) -> SlackHarness:
    return SocketHarness(tmp_path / "data", slack)


test_command = walks.test_a_command_becomes_a_video_in_the_thread
test_mention = walks.test_a_mention_in_a_thread_means_the_photo_it_began_with
test_direct = walks.test_a_message_to_the_bot_stays_between_the_two
test_hidden = walks.test_what_slack_hides_is_said
test_action = walks.test_a_message_action_opens_a_form_and_the_form_makes_the_video
test_errors = walks.test_a_form_says_what_is_wrong_at_its_field
test_edit = walks.test_edit_and_redo_begins_with_what_was_asked
test_buttons = walks.test_buttons_work_on_any_old_message_after_a_restart
test_shortcut = walks.test_a_form_opens_from_nowhere_and_asks_where
test_lists = walks.test_lists_are_answered_from_memory
test_translation = walks.test_translate_asks_for_the_language
test_tab = home.test_the_home_tab_follows_its_viewers_jobs
test_hello = home.test_hello_is_said_once


@pytest.mark.parametrize("how", ["warning", "refresh_requested", "cut"])
async def test_a_line_that_ends_is_made_anew(walk: SlackHarness, slack: SlackServer, how: str) -> None:
    """Slack closes each a few times a day, and nets break."""
    async with walk.running() as (app, ana):
        await ana.run_command("The first one")
        await wait_for_jobs(app)
        before = slack.socket_connections
        await slack.end_socket(how)
        await wait_until(lambda: slack.socket_connections > before and slack.socket_connected, 20)
        await ana.run_command("The second one")
        await wait_for_jobs(app, count=2)


async def test_a_token_that_opens_nothing_is_said_in_a_sentence(
    tmp_path: Path, slack: SlackServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Which setting is wrong and what belongs there; neither a traceback nor the library's own words."""
    with structlog.testing.capture_logs() as said:
        async with SlackHarness(tmp_path / "data", slack).running(
            app_token="xapp-invented-and-wrong", signing_secret=""
        ):
            await wait_until(lambda: any(line["event"] == "Socket Mode rejected the token" for line in said))
    (line,) = [line for line in said if line["event"] == "Socket Mode rejected the token"]
    assert "SLACK_APP_TOKEN" in line["why"]
    assert "connections:write" in line["why"]
    assert not caplog.records
