"""What is set for Slack works, or says at the start what is missing."""

from typing import Any

import pytest

from bot.errors import Broken
from bot.settings import Settings
from bot.wiring.chats import build_chats

INVALID_SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET (for HTTP) or SLACK_APP_TOKEN"),
    ({"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s"}, "SLACK_SIGNING_SECRET (for HTTP) or SLACK_APP_TOKEN"),
    ({"SLACK_SIGNING_SECRET": "s"}, "needs SLACK_BOT_TOKEN"),
    ({"SLACK_APP_TOKEN": "xapp-1"}, "needs SLACK_BOT_TOKEN"),
    ({"SLACK_BOT_TOKEN": "xapp-1", "SLACK_APP_TOKEN": "xoxb-1"}, "begins with xoxb-"),
    ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xoxb-1"}, "begins with xapp-"),
    ({"SLACK_SIGNING_SECRET": "s", "SLACK_CLIENT_ID": "1.2"}, "belong together"),
]
VALID_SETTINGS: list[dict[str, Any]] = [
    {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"},
    {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"},
    {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s", "SLACK_SIGNING_SECRET": "s"},
]


def _settings_from(given: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None)


@pytest.mark.parametrize(("given", "says"), INVALID_SETTINGS)
def test_half_of_what_slack_needs_is_said_at_the_start(
    given: dict[str, Any], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot that runs and never answers would leave whoever set it up to guess."""
    with pytest.raises(Broken) as wrong:
        build_chats(_settings_from(given, monkeypatch))
    assert says in wrong.value.sentence


@pytest.mark.parametrize("given", VALID_SETTINGS)
def test_what_the_readme_asks_for_is_enough(given: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """In both modes, for one workspace and for many."""
    assert [chat.name for chat in build_chats(_settings_from(given, monkeypatch))] == ["terminal", "slack"]


def test_without_any_of_it_there_is_no_slack() -> None:
    """Nobody has to."""
    assert [chat.name for chat in build_chats(Settings(_env_file=None))] == ["terminal"]
