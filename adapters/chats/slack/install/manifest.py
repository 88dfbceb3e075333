"""The app's manifest, for both ways in: a projection of the verbs and of the tables in `scopes`."""

from typing import Any

from adapters.chats.slack.install.scopes import SCOPES, SUBSCRIBED_EVENTS
from bot.commands.verbs import VERBS
from bot.requests.kinds import Talk

HOST_PLACEHOLDER = "https://HOST"

_LONG_DESCRIPTION = (
    "Type what a face should say, drop a photo, react to a picture with an emoji or to a video with a flag: minutes "
    "later the finished talking video is in the thread. didtalk hands your words, pictures and recordings to D-ID or "
    "HeyGen, which make the video with generative AI, and posts the file itself, once. Every video says that it is "
    "AI-generated and who asked for it. Please use faces and voices only with their owners' consent."
)

Part = dict[str, Any]


def build_manifest(*, socket: bool) -> Part:
    """The whole manifest; Socket Mode needs no addresses."""
    events = f"{HOST_PLACEHOLDER}/slack/events"
    url: Part = {} if socket else {"url": events}
    request: Part = {} if socket else {"request_url": events}
    menus: Part = {} if socket else {"message_menu_options_url": events}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "didtalk",
            "description": "Turns a gesture in a chat into a finished talking video.",
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
    """The manifest as the file to paste."""
    what = "Socket Mode: no address is needed" if socket else "HTTP: put your own address for HOST"
    head = [
        f"# Made by `make docs`. Paste it at api.slack.com/apps → Create New App → From a manifest. {what}.",
        "#",
        "# Why each permission is asked for:",
        *(f"#   {each.name}{' (may be declined)' if each.optional else ''}: {each.reason}" for each in SCOPES),
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
        ("Make it talk", "didtalk_talk", "Let the picture in this message speak its words or sound"),
        ("Animate this photo", "didtalk_animate", "Bring the photo in this message to life"),
        ("Translate this video", "didtalk_translate", "Let the video in this message speak other languages"),
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
    """Maps and lists of plain words as YAML."""
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
