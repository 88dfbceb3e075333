"""Permissions, events and the app manifest. Docs and tests are generated from these tables."""

from dataclasses import dataclass
from typing import Any

from bot.commands.verbs import VERBS
from bot.requests.kinds import Talk


@dataclass(frozen=True)
class OAuthScope:
    name: str
    reason: str
    methods: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class SubscribedEvent:
    name: str
    reason: str
    scope: str | None = None


SCOPES: tuple[OAuthScope, ...] = (
    OAuthScope("commands", "commands, message actions and the shortcut", ("views.open", "views.update")),
    OAuthScope(
        "chat:write",
        "one status message per job, edited in place; private replies",
        ("chat.postMessage", "chat.update", "chat.postEphemeral", "chat.delete"),
    ),
    OAuthScope(
        "files:read",
        "download the picture, recording or clip that a request refers to",
        ("files.info", "files.list"),
    ),
    OAuthScope(
        "files:write",
        "upload the finished video, and delete it on request",
        ("files.getUploadURLExternal", "files.completeUploadExternal", "files.delete"),
    ),
    OAuthScope("app_mentions:read", "mentions with a file in a thread, where commands do not work"),
    OAuthScope("reactions:read", "an emoji on a message requests a video of it", ("reactions.get",)),
    OAuthScope(
        "reactions:write",
        "mark the message of a request as accepted, done or failed",
        ("reactions.add", "reactions.remove"),
    ),
    OAuthScope("im:history", "read text and files in DMs with the bot", ("conversations.history",)),
    OAuthScope(
        "channels:history",
        "read the message that got a reaction if Slack shows it no other way; find a card after a crash",
        ("conversations.replies", "conversations.history"),
        optional=True,
    ),
    OAuthScope(
        "groups:history",
        "the same in private channels",
        ("conversations.replies", "conversations.history"),
        optional=True,
    ),
    OAuthScope(
        "channels:read",
        "introduce the bot where it is invited; stop notices to archived channels; see whether a channel is private",
        ("conversations.info",),
        optional=True,
    ),
    OAuthScope("groups:read", "the same in private channels", ("conversations.info",), optional=True),
    OAuthScope("chat:write.public", "cards and notices in public channels without an invitation", (), optional=True),
    OAuthScope(
        "usergroups:read",
        "read the members of user groups that settings name as requesters or moderators",
        ("usergroups.list",),
        optional=True,
    ),
    OAuthScope("users:read", "the requester's name, language and role", ("users.info",), optional=True),
)

SUBSCRIBED_EVENTS: tuple[SubscribedEvent, ...] = (
    SubscribedEvent("app_mention", "the bot is mentioned in a channel", "app_mentions:read"),
    SubscribedEvent("message.im", "somebody sends the bot a DM", "im:history"),
    SubscribedEvent("reaction_added", "an emoji requests a video", "reactions:read"),
    SubscribedEvent("app_home_opened", "update the Home tab; greet once"),
    SubscribedEvent("member_joined_channel", "one short introduction where the bot is invited", "channels:read"),
    SubscribedEvent("app_uninstalled", "stop jobs and forget the workspace"),
    SubscribedEvent("tokens_revoked", "stop jobs and forget the workspace"),
    SubscribedEvent("channel_archive", "stop notices to it", "channels:read"),
    SubscribedEvent("channel_deleted", "stop notices to it", "channels:read"),
    SubscribedEvent("group_archive", "stop notices to it", "groups:read"),
    SubscribedEvent("group_deleted", "stop notices to it", "groups:read"),
)

# These need no permission.
SCOPELESS_METHODS = ("auth.test", "views.publish", "apps.connections.open", "oauth.v2.access")


HOST_PLACEHOLDER = "https://HOST"

_LONG_DESCRIPTION = (
    "Type what a face should say, upload a photo, or react to a picture with an emoji or to a video with a flag. A few "
    "minutes later the finished talking video is in the thread. didtalk sends your text, pictures and recordings to "
    "D-ID or HeyGen, which make the video with generative AI, and posts the file, once. Every video says that it is "
    "AI-generated and who requested it. Please use faces and voices only with their owners' consent."
)

Part = dict[str, Any]


def build_manifest(*, socket: bool) -> Part:
    events = f"{HOST_PLACEHOLDER}/slack/events"
    url: Part = {} if socket else {"url": events}
    request: Part = {} if socket else {"request_url": events}
    menus: Part = {} if socket else {"message_menu_options_url": events}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "didtalk",
            "description": "Makes talking videos from text and pictures in your chat.",
            "long_description": _LONG_DESCRIPTION,
            "background_color": "#3b2f63",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "didtalk", "always_online": True},
            "shortcuts": _shortcuts(),
            "slash_commands": _slash_commands(url),
        },
        "oauth_config": ({} if socket else {"redirect_urls": [f"{HOST_PLACEHOLDER}/slack/oauth_redirect"]})
        | {"scopes": _bot_scopes()},
        "settings": {
            "event_subscriptions": request | {"bot_events": [each.name for each in SUBSCRIBED_EVENTS]},
            "interactivity": {"is_enabled": True} | request | menus,
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }


def manifest_yaml(*, socket: bool) -> str:
    """The manifest as a YAML file to paste."""
    what = "Socket Mode: no public address is needed" if socket else "HTTP: replace HOST with your own host name"
    head = [
        f"# Generated by `make docs`. Paste it at api.slack.com/apps → Create New App → From a manifest. {what}.",
        "#",
        "# Why each permission is needed:",
        *(f"#   {each.name}{' (optional)' if each.optional else ''}: {each.reason}" for each in SCOPES),
        "",
    ]
    return "\n".join(head) + "\n".join(_yaml_lines(build_manifest(socket=socket), 0)) + "\n"


def _slash_commands(url: Part) -> list[Part]:
    talk = next(each for each in VERBS if each.request is Talk)
    others = [each.word for each in VERBS if each.request is not Talk]
    return [
        {"command": "/didtalk", "description": talk.sentence, "usage_hint": "Welcome aboard! [--options] | help"}
        | url
        | {"should_escape": True},
        {"command": "/did", "description": "Everything else: " + ", ".join(others[:4]) + " …"}
        | {"usage_hint": "animate dance | translate es fr | voices french | help"}
        | url
        | {"should_escape": True},
    ]


def _shortcuts() -> list[Part]:
    message = [
        ("Make it talk", "didtalk_talk", "Make the picture in this message speak its text or sound"),
        ("Animate this photo", "didtalk_animate", "Animate the photo in this message"),
        ("Translate this video", "didtalk_translate", "Translate the video in this message"),
    ]
    rest = [{"name": name, "type": "message", "callback_id": key, "description": told} for name, key, told in message]
    return [
        *rest,
        {
            "name": "New talking video",
            "type": "global",
            "callback_id": "didtalk_new",
            "description": "Open a form for a new talking video",
        },
    ]


def _bot_scopes() -> Part:
    optional = [each.name for each in SCOPES if each.optional]
    return {"bot": [each.name for each in SCOPES], "bot_optional": optional}


def _yaml_lines(value: Any, depth: int) -> list[str]:
    pad = "  " * depth
    lines: list[str] = []
    for name, each in value.items():
        if isinstance(each, dict):
            lines += [f"{pad}{name}:", *_yaml_lines(each, depth + 1)]
        elif isinstance(each, list):
            lines += [f"{pad}{name}:", *(line for item in each for line in _yaml_item(item, depth + 1))]
        else:
            lines.append(f"{pad}{name}: {_yaml_scalar(each)}")
    return lines


def _yaml_item(item: Any, depth: int) -> list[str]:
    pad = "  " * depth
    if not isinstance(item, dict):
        return [f"{pad}- {_yaml_scalar(item)}"]
    first, *rest = _yaml_lines(item, depth + 1)
    return [f"{pad}- {first.lstrip()}", *rest]


def _yaml_scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else '"' + str(value).replace('"', '\\"') + '"'
