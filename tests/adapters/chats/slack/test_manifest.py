"""The manifests keep Slack's rules, and match what the code does."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.chats.slack.incoming.bolt import MESSAGE_SHORTCUTS, NEW_VIDEO_SHORTCUT
from adapters.chats.slack.incoming.events import SlackEvents
from adapters.chats.slack.install.manifest import build_manifest, manifest_yaml, permissions
from adapters.chats.slack.install.uninstall import SlackUninstaller
from bot.commands.verbs import VERBS

SLACK_FOLDER = Path(__file__).parents[4] / "adapters" / "chats" / "slack"


@pytest.mark.parametrize("socket", [False, True])
def test_the_file_says_what_the_table_says(socket: bool) -> None:
    """YAML of our own making is still YAML."""
    assert yaml.safe_load(manifest_yaml(socket=socket)) == build_manifest(socket=socket)


@pytest.mark.parametrize("socket", [False, True])
def test_it_keeps_to_slacks_lengths_and_counts(socket: bool) -> None:
    """What Slack would refuse at the paste."""
    whole = build_manifest(socket=socket)
    shown = whole["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert re.fullmatch("#[0-9a-f]{6}", shown["background_color"])
    for command in whole["features"]["slash_commands"]:
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
    shortcuts = whole["features"]["shortcuts"]
    assert len(shortcuts) <= 10
    assert all(len(each["name"]) <= 24 and len(each["description"]) <= 150 for each in shortcuts)
    assert set(whole["oauth_config"]["scopes"]["bot_optional"]) <= set(whole["oauth_config"]["scopes"]["bot"])
    assert len(whole["settings"]["event_subscriptions"]["bot_events"]) <= 100


def test_addresses_belong_to_http_alone() -> None:
    """Socket Mode needs none, and lists need one of their own over HTTP."""
    assert "HOST" not in str(build_manifest(socket=True))
    there = build_manifest(socket=False)["settings"]
    assert there["interactivity"]["message_menu_options_url"] == there["event_subscriptions"]["request_url"]
    assert (there["socket_mode_enabled"], build_manifest(socket=True)["settings"]["socket_mode_enabled"]) == (
        False,
        True,
    )


def test_every_permission_is_used_and_every_call_permitted() -> None:
    """Neither asks for more than it needs nor fails for want of it."""
    code = "\n".join(path.read_text() for path in SLACK_FOLDER.rglob("*.py") if path.name != "manifest.py")
    called = set(
        re.findall(r'"((?:chat|files|reactions|conversations|views|users|usergroups|auth|apps)\.[a-zA-Z.]+)"', code)
    )
    scopes = permissions().scopes
    permitted = {method for scope in scopes for method in scope.methods} | set(permissions().scopeless_methods)
    assert called <= permitted
    assert {method for scope in scopes for method in scope.methods} <= called
    needed = {each.scope for each in permissions().events if each.scope}
    for scope in scopes:
        assert scope.methods or scope.name in needed or scope.name in ("commands", "chat:write.public")
    assert needed <= {each.name for each in scopes}


def test_every_event_has_somebody_who_does_it() -> None:
    """What is subscribed to and what is done are the same."""
    nobody: Any = None
    done = set(SlackEvents(nobody, nobody, nobody, nobody, nobody, nobody, SlackUninstaller(nobody)).handlers)
    assert {each.name.partition(".")[0] for each in permissions().events} == done


def test_every_shortcut_and_command_is_answered() -> None:
    """No menu item leads nowhere."""
    features = build_manifest(socket=False)["features"]
    assert {each["callback_id"] for each in features["shortcuts"]} == {*MESSAGE_SHORTCUTS, NEW_VIDEO_SHORTCUT}
    typed = {each.typed_form.split()[0] for each in VERBS}
    assert {each["command"] for each in features["slash_commands"]} == typed
    assert all(each["should_escape"] for each in features["slash_commands"])
