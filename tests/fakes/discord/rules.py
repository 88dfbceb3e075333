"""What Discord refuses: limits of commands, messages and forms, as its documentation gives them."""

import re
from collections.abc import Iterator
from typing import Any

COMPONENTS_V2_FLAG = 1 << 15
EPHEMERAL_FLAG, LOADING_FLAG = 64, 128
V2_TYPES = {9, 10, 11, 12, 13, 14, 17}
COMMAND_NAME = re.compile(r"[-_\w]{1,32}")


class DiscordRefusal(Exception):
    """A refusal: the status, Discord's code and why."""

    def __init__(self, status: int, code: int, why: str) -> None:
        super().__init__(why)
        self.status, self.code, self.why = status, code, why


def require(condition: object, why: str, status: int = 400, code: int = 50035) -> None:
    """Refuse unless the condition is true."""
    if not condition:
        raise DiscordRefusal(status, code, why)


def walk_components(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every component, however deep."""
    for each in components:
        yield each
        yield from walk_components(each.get("components", []))
        for inner in ("component", "accessory"):
            if inner in each:
                yield from walk_components([each[inner]])


def check_message(payload: dict[str, Any], names: set[str]) -> None:
    """A message with its components; `names` are the files that go with it."""
    found = list(walk_components(payload.get("components") or []))
    v2 = bool(payload.get("flags", 0) & COMPONENTS_V2_FLAG)
    require(v2 or not any(each["type"] in V2_TYPES for each in found), "V2 components without the flag")
    if v2:
        require(not payload.get("content") and not payload.get("embeds"), "V2 takes no content")
        require(len(found) <= 40, "more than 40 components")
        require(sum(len(each.get("content", "")) for each in found) <= 4000, "more than 4000 characters")
    require(len(payload.get("content") or "") <= 2000, "more than 2000 characters")
    ids = [each["custom_id"] for each in found if "custom_id" in each]
    require(len(ids) == len(set(ids)), "custom ids must differ")
    require(all(0 < len(each) <= 100 for each in ids), "custom id too long")
    for each in found:
        _check_component(each, names)


def _check_component(each: dict[str, Any], names: set[str]) -> None:
    if each["type"] == 1:
        require(1 <= len(each["components"]) <= 5, "an action row has 1 to 5 buttons")
    if each["type"] == 2:
        require(0 < len(each.get("label") or "") <= 80, "a label has 1 to 80 characters")
    if each["type"] == 10:
        require(each["content"], "an empty text")
    media = [each["file"]] if each["type"] == 13 else [item["media"] for item in each.get("items", [])]
    for item in each.get("items", []):
        require(len(item.get("description") or "") <= 1024, "description too long")
    for one in media:
        scheme, _, name = one["url"].partition("://")
        require(scheme in ("attachment", "https"), "neither an attachment nor https")
        require(scheme != "attachment" or name in names, f"no attachment {name}")


def check_modal(modal: dict[str, Any]) -> None:
    """A form."""
    require(0 < len(modal["title"]) <= 45, "a title has 1 to 45 characters")
    require(0 < len(modal["custom_id"]) <= 100, "custom id too long")
    require(1 <= len(modal["components"]) <= 5, "1 to 5 components")
    for each in modal["components"]:
        require(each["type"] in (10, 18), "only labels and texts stand at the top")
        if each["type"] != 18:
            continue
        require(0 < len(each["label"]) <= 45, "a label has 1 to 45 characters")
        require(len(each.get("description") or "") <= 100, "a description has at most 100 characters")
        inner = each["component"]
        require(inner["type"] in (3, 4, 19), "unknown field")
        require(len(inner.get("value") or "") <= (inner.get("max_length") or 4000), "prefilled with too much")
        require(len(inner.get("placeholder") or "") <= 100, "placeholder too long")


def check_commands(commands: list[dict[str, Any]]) -> None:
    """All commands of an application."""
    for kind, most in ((1, 100), (2, 15), (3, 15)):
        require(sum(each["type"] == kind for each in commands) <= most, "too many commands")
    for each in commands:
        require(command_size(each) <= 8000, f"{each['name']} has {command_size(each)} characters")
        if each["type"] == 1:
            _check_command(each, 0)
        else:
            require(1 <= len(each["name"]) <= 32 and not each.get("description"), "a menu has a name only")


def command_size(command: dict[str, Any]) -> int:
    """The characters Discord counts: names, descriptions and values, over all levels."""
    own = len(command["name"]) + len(command.get("description") or "")
    choices = sum(len(each["name"]) + len(str(each["value"])) for each in command.get("choices", []))
    return own + choices + sum(command_size(each) for each in command.get("options", []))


def _check_command(each: dict[str, Any], depth: int) -> None:
    require(COMMAND_NAME.fullmatch(each["name"]) and each["name"] == each["name"].lower(), f"bad name {each['name']}")
    require(1 <= len(each["description"]) <= 100, f"bad description of {each['name']}")
    options = each.get("options", [])
    require(len(options) <= 25, f"{each['name']} has {len(options)} options")
    require(len({one["name"] for one in options}) == len(options), "names must differ")
    required = [bool(one.get("required")) for one in options if one["type"] > 2]
    require(required == sorted(required, reverse=True), "required options come first")
    require(len(each.get("choices", [])) <= 25, "more than 25 choices")
    require(not (each.get("choices") and each.get("autocomplete")), "choices exclude autocomplete")
    require(1 <= (each.get("max_length") or 1) <= 6000, "max_length")
    for one in options:
        _check_command(one, depth + 1)


def check_choices(choices: list[dict[str, Any]]) -> None:
    """What is suggested while somebody types."""
    require(len(choices) <= 25, "more than 25 choices")
    for each in choices:
        require(
            1 <= len(each["name"]) <= 100 and 1 <= len(str(each["value"])) <= 100, "a choice has 1 to 100 characters"
        )
