"""What Slack documents of messages and views: lengths, counts, which fields there are, what must fit what."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Part = Mapping[str, Any]
Faults = Iterator[str]

MESSAGE, VIEW = 50, 100  # blocks
TEXT = 4000

_FIELDS = {
    "section": {"text", "fields", "accessory", "expand"},
    "header": {"text"},
    "context": {"elements"},
    "actions": {"elements"},
    "divider": set(),
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
    "button": {"text", "value", "url", "style", "confirm", "accessibility_label"},
    "static_select": {"options", "option_groups", "initial_option", "placeholder", "confirm", "focus_on_load"},
    "external_select": {"initial_option", "min_query_length", "placeholder", "confirm", "focus_on_load"},
    "multi_external_select": {"initial_options", "min_query_length", "max_selected_items", "placeholder", "confirm"},
    "checkboxes": {"options", "initial_options", "confirm", "focus_on_load"},
    "plain_text_input": {"initial_value", "multiline", "min_length", "max_length", "placeholder", "focus_on_load"},
    "number_input": {"is_decimal_allowed", "initial_value", "min_value", "max_value", "placeholder", "focus_on_load"},
    "file_input": {"filetypes", "max_files"},
    "conversations_select": {
        "default_to_current_conversation", "initial_conversation", "filter", "placeholder", "response_url_enabled",
    },
}  # fmt: skip
_BLOCKS = ("section", "header", "context", "actions", "divider", "input")
_TAPPED = {"button", "static_select", "external_select", "multi_external_select", "checkboxes", "conversations_select"}
_ENTERED = _TAPPED - {"button"} | {"plain_text_input", "number_input", "file_input"}


def message(given: Part) -> list[str]:
    """What is wrong with the arguments of a message."""
    text = str(given.get("text", ""))
    faults = list(blocks(given.get("blocks") or (), MESSAGE))
    if not text.strip():
        faults.append("a message without text says nothing to a screen reader")
    return faults + ([f"text has {len(text)} characters"] if len(text) > TEXT else [])


def view(given: Part) -> list[str]:
    """What is wrong with a modal or a Home tab."""
    faults = list(blocks(given.get("blocks") or (), VIEW))
    known = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
    if given["type"] == "modal":
        known |= {"title", "submit", "close", "notify_on_close", "clear_on_close", "submit_disabled"}
        for name in ("title", "submit", "close"):
            faults += _text(given.get(name), 24, name, required=name == "title")
        if any(block["type"] == "input" for block in given["blocks"]) and not given.get("submit"):
            faults.append("a form without a button to send it")
    faults += [f"a view has no {name}" for name in given if name not in known]
    faults += _short(given, "private_metadata", 3000) + _short(given, "callback_id", 255)
    return faults


def options(given: Sequence[Part]) -> list[str]:
    """What is wrong with an answer to a list that asks for options."""
    return [*_count(given, 0, 100, "options"), *(fault for each in given for fault in _option(each))]


def blocks(given: Sequence[Part], most: int) -> Faults:
    """What is wrong with the blocks of a message or view."""
    yield from _count(given, 0, most, "blocks")
    ids = [each["block_id"] for each in given if "block_id" in each]
    if len(ids) != len(set(ids)):
        yield "two blocks have one id"
    for block in given:
        if block["type"] not in _BLOCKS:
            yield f"no such block: {block['type']}"
            continue
        yield from _keys(block, {"block_id"})
        yield from _short(block, "block_id", 255)
        yield from _RULES[block["type"]](block)


def _section(block: Part) -> Faults:
    yield from _text(block.get("text"), 3000, "a section", kinds=("mrkdwn", "plain_text"))
    if "accessory" in block:
        yield from _element(block["accessory"], _TAPPED)


def _header(block: Part) -> Faults:
    yield from _text(block.get("text"), 150, "a header")


def _context(block: Part) -> Faults:
    yield from _count(block["elements"], 1, 10, "context elements")
    for each in block["elements"]:
        yield from _text(each, 3000, "a context", kinds=("mrkdwn", "plain_text"))


def _actions(block: Part) -> Faults:
    yield from _count(block["elements"], 1, 25, "actions")
    ids = [each["action_id"] for each in block["elements"]]
    if len(ids) != len(set(ids)):
        yield "two actions of a block have one id"
    for each in block["elements"]:
        yield from _element(each, _TAPPED)


def _input(block: Part) -> Faults:
    yield from _text(block.get("label"), 2000, "a label")
    yield from _text(block.get("hint"), 2000, "a hint", required=False)
    yield from _element(block["element"], _ENTERED)


def _element(each: Part, among: set[str]) -> Faults:
    if each["type"] not in among:
        yield f"{each['type']} does not belong here"
        return
    yield from _keys(each, {"action_id"})
    yield from _short(each, "action_id", 255)
    yield from _text(each.get("placeholder"), 150, "a placeholder", required=False)
    yield from _RULES[each["type"]](each)


def _button(each: Part) -> Faults:
    yield from _text(each.get("text"), 75, "a button")
    yield from _short(each, "value", 2000)
    if each.get("style", "danger") not in ("danger", "primary"):
        yield "a button has no such style"
    if confirm := each.get("confirm"):
        for name, most in (("title", 100), ("confirm", 30), ("deny", 30)):
            yield from _text(confirm.get(name), most, f"a question's {name}")
        yield from _text(confirm.get("text"), 300, "a question", kinds=("mrkdwn", "plain_text"))


def _select(each: Part) -> Faults:
    yield from _count(each["options"], 1, 100, "options")
    yield from (fault for option in each["options"] for fault in _option(option))
    if "initial_option" in each and each["initial_option"] not in each["options"]:
        yield "what is chosen is no option"


def _external(each: Part) -> Faults:
    chosen = [*each.get("initial_options", ()), *([each["initial_option"]] if "initial_option" in each else [])]
    yield from (fault for option in chosen for fault in _option(option))
    if "initial_options" in each and not each["initial_options"]:
        yield "an empty choice"


def _checkboxes(each: Part) -> Faults:
    yield from _count(each["options"], 1, 10, "ticks")
    yield from (fault for option in each["options"] for fault in _option(option))
    if any(chosen not in each["options"] for chosen in each.get("initial_options", ())):
        yield "what is ticked is no option"


def _entry(each: Part) -> Faults:
    most = each.get("max_length", 3000)
    if not 1 <= most <= 3000 or each.get("min_length", 0) > most:
        yield f"an input of {most} characters"
    if len(each.get("initial_value", "")) > most:
        yield "more is filled in than fits"


def _number(each: Part) -> Faults:
    if not isinstance(each.get("is_decimal_allowed"), bool):
        yield "a number must say whether it may be a fraction"
    low, high, now = (each.get(name) for name in ("min_value", "max_value", "initial_value"))
    for value in (low, high, now):
        if value is not None and not isinstance(value, str):
            yield "bounds of a number are written as text"
        elif value is not None and "." in value and not each["is_decimal_allowed"]:
            yield f"{value} is a fraction"
    if now is not None and not float(low or now) <= float(now) <= float(high or now):
        yield f"{now} is out of bounds"


def _file(each: Part) -> Faults:
    if not 1 <= each.get("max_files", 10) <= 10:
        yield "one to ten files"
    if "filetypes" in each and not (each["filetypes"] and all(isinstance(kind, str) for kind in each["filetypes"])):
        yield "kinds of files are words"


def _conversations(each: Part) -> Faults:
    allowed = {"include", "exclude_external_shared_channels", "exclude_bot_users"}
    chosen = each.get("filter", {})
    if set(chosen) - allowed or set(chosen.get("include", ())) - {"im", "mpim", "private", "public"}:
        yield "no such filter"


def _nothing(each: Part) -> Faults:
    yield from ()


_RULES: dict[str, Callable[[Part], Faults]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "divider": _nothing,
    "input": _input,
    "button": _button,
    "static_select": _select,
    "external_select": _external,
    "multi_external_select": _external,
    "checkboxes": _checkboxes,
    "plain_text_input": _entry,
    "number_input": _number,
    "file_input": _file,
    "conversations_select": _conversations,
}


def _option(option: Part) -> Faults:
    if set(option) - {"text", "value", "description", "url"}:
        yield f"an option has no {sorted(option)}"
    yield from _text(option.get("text"), 75, "an option", kinds=("plain_text", "mrkdwn"))
    if not 1 <= len(option.get("value", "")) <= 150:
        yield f"an option's value of {len(option.get('value', ''))} characters"


def _text(
    given: Any, most: int, what: str, *, required: bool = True, kinds: Sequence[str] = ("plain_text",)
) -> list[str]:
    if given is None:
        return [f"{what} is missing"] if required else []
    if given.get("type") not in kinds:
        return [f"{what} is {given.get('type')}"]
    size = len(given.get("text", ""))
    return [] if 1 <= size <= most else [f"{what} of {size} characters"]


def _short(given: Part, name: str, most: int) -> list[str]:
    value = given.get(name)
    return [] if value is None or (isinstance(value, str) and len(value) <= most) else [f"{name} is too long"]


def _count(given: Sequence[Any], least: int, most: int, what: str) -> list[str]:
    return [] if least <= len(given) <= most else [f"{len(given)} {what}"]


def _keys(given: Part, besides: set[str]) -> list[str]:
    return [
        f"{given['type']} has no {name}" for name in given if name not in _FIELDS[given["type"]] | besides | {"type"}
    ]
