"""What Slack documents of messages and views: lengths, counts, which fields there are, what must fit what."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

SlackJson = Mapping[str, Any]
FaultTexts = Iterator[str]

MAX_MESSAGE_BLOCKS, MAX_VIEW_BLOCKS = 50, 100  # blocks
MAX_TEXT_LENGTH = 4000

_KNOWN_FIELDS = {
    "rich_text": {"elements"},
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
_BLOCK_TYPES = ("rich_text", "section", "header", "context", "actions", "divider", "input")
_ACTION_ELEMENTS = {
    "button",
    "static_select",
    "external_select",
    "multi_external_select",
    "checkboxes",
    "conversations_select",
}
_INPUT_ELEMENTS = _ACTION_ELEMENTS - {"button"} | {"plain_text_input", "number_input", "file_input"}


def check_message(given: SlackJson) -> list[str]:
    """What is wrong with the arguments of a message."""
    text = str(given.get("text", ""))
    faults = list(check_blocks(given.get("blocks") or (), MAX_MESSAGE_BLOCKS))
    if not text.strip():
        faults.append("a message without text says nothing to a screen reader")
    return faults + ([f"text has {len(text)} characters"] if len(text) > MAX_TEXT_LENGTH else [])


def check_view(given: SlackJson) -> list[str]:
    """What is wrong with a modal or a Home tab."""
    faults = list(check_blocks(given.get("blocks") or (), MAX_VIEW_BLOCKS))
    known = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
    if given["type"] == "modal":
        known |= {"title", "submit", "close", "notify_on_close", "clear_on_close", "submit_disabled"}
        for name in ("title", "submit", "close"):
            faults += _check_text(given.get(name), 24, name, required=name == "title")
        if any(block["type"] == "input" for block in given["blocks"]) and not given.get("submit"):
            faults.append("a form without a button to send it")
    faults += [f"a view has no {name}" for name in given if name not in known]
    faults += _check_length(given, "private_metadata", 3000) + _check_length(given, "callback_id", 255)
    return faults


def check_options(given: Sequence[SlackJson]) -> list[str]:
    """What is wrong with an answer to a list that asks for options."""
    return [*_check_count(given, 0, 100, "options"), *(fault for each in given for fault in _check_option(each))]


def check_blocks(given: Sequence[SlackJson], max_blocks: int) -> FaultTexts:
    """What is wrong with the blocks of a message or view."""
    yield from _check_count(given, 0, max_blocks, "blocks")
    ids = [each["block_id"] for each in given if "block_id" in each]
    if len(ids) != len(set(ids)):
        yield "two blocks have one id"
    for block in given:
        if block["type"] not in _BLOCK_TYPES:
            yield f"no such block: {block['type']}"
            continue
        yield from _check_fields(block, {"block_id"})
        yield from _check_length(block, "block_id", 255)
        yield from _CHECKS[block["type"]](block)


def _check_section(block: SlackJson) -> FaultTexts:
    yield from _check_text(block.get("text"), 3000, "a section", kinds=("mrkdwn", "plain_text"))
    if "accessory" in block:
        yield from _check_element(block["accessory"], _ACTION_ELEMENTS)


def _check_rich_text(block: SlackJson) -> FaultTexts:
    for section in block["elements"]:
        if section["type"] != "rich_text_section":
            yield f"a rich text has no {section['type']}"
        yield from _check_count(section["elements"], 1, 100, "pieces of a rich text")
        for each in section["elements"]:
            value = each.get({"text": "text", "link": "url", "user": "user_id"}.get(each["type"], ""))
            if not value or len(value) > 3000:
                yield f"a piece of rich text of {len(value or '')} characters"


def _check_header(block: SlackJson) -> FaultTexts:
    yield from _check_text(block.get("text"), 150, "a header")


def _check_context(block: SlackJson) -> FaultTexts:
    yield from _check_count(block["elements"], 1, 10, "context elements")
    for each in block["elements"]:
        yield from _check_text(each, 3000, "a context", kinds=("mrkdwn", "plain_text"))


def _check_actions(block: SlackJson) -> FaultTexts:
    yield from _check_count(block["elements"], 1, 25, "actions")
    ids = [each["action_id"] for each in block["elements"]]
    if len(ids) != len(set(ids)):
        yield "two actions of a block have one id"
    for each in block["elements"]:
        yield from _check_element(each, _ACTION_ELEMENTS)


def _check_input(block: SlackJson) -> FaultTexts:
    yield from _check_text(block.get("label"), 2000, "a label")
    yield from _check_text(block.get("hint"), 2000, "a hint", required=False)
    yield from _check_element(block["element"], _INPUT_ELEMENTS)


def _check_element(each: SlackJson, among: set[str]) -> FaultTexts:
    if each["type"] not in among:
        yield f"{each['type']} does not belong here"
        return
    yield from _check_fields(each, {"action_id"})
    yield from _check_length(each, "action_id", 255)
    yield from _check_text(each.get("placeholder"), 150, "a placeholder", required=False)
    yield from _CHECKS[each["type"]](each)


def _check_button(each: SlackJson) -> FaultTexts:
    yield from _check_text(each.get("text"), 75, "a button")
    yield from _check_length(each, "value", 2000)
    if each.get("style", "danger") not in ("danger", "primary"):
        yield "a button has no such style"
    if confirm := each.get("confirm"):
        for name, most in (("title", 100), ("confirm", 30), ("deny", 30)):
            yield from _check_text(confirm.get(name), most, f"a question's {name}")
        yield from _check_text(confirm.get("text"), 300, "a question", kinds=("mrkdwn", "plain_text"))


def _check_select(each: SlackJson) -> FaultTexts:
    yield from _check_count(each["options"], 1, 100, "options")
    yield from (fault for option in each["options"] for fault in _check_option(option))
    if "initial_option" in each and each["initial_option"] not in each["options"]:
        yield "what is chosen is no option"


def _check_external(each: SlackJson) -> FaultTexts:
    chosen = [*each.get("initial_options", ()), *([each["initial_option"]] if "initial_option" in each else [])]
    yield from (fault for option in chosen for fault in _check_option(option))
    if "initial_options" in each and not each["initial_options"]:
        yield "an empty choice"


def _check_checkboxes(each: SlackJson) -> FaultTexts:
    yield from _check_count(each["options"], 1, 10, "ticks")
    yield from (fault for option in each["options"] for fault in _check_option(option))
    if any(chosen not in each["options"] for chosen in each.get("initial_options", ())):
        yield "what is ticked is no option"


def _check_text_input(each: SlackJson) -> FaultTexts:
    most = each.get("max_length", 3000)
    if not 1 <= most <= 3000 or each.get("min_length", 0) > most:
        yield f"an input of {most} characters"
    if len(each.get("initial_value", "")) > most:
        yield "more is filled in than fits"


def _check_number(each: SlackJson) -> FaultTexts:
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


def _check_file_input(each: SlackJson) -> FaultTexts:
    if not 1 <= each.get("max_files", 10) <= 10:
        yield "one to ten files"
    if "filetypes" in each and not (each["filetypes"] and all(isinstance(kind, str) for kind in each["filetypes"])):
        yield "kinds of files are words"


def _check_conversations(each: SlackJson) -> FaultTexts:
    allowed = {"include", "exclude_external_shared_channels", "exclude_bot_users"}
    chosen = each.get("filter", {})
    if set(chosen) - allowed or set(chosen.get("include", ())) - {"im", "mpim", "private", "public"}:
        yield "no such filter"


def _check_nothing(each: SlackJson) -> FaultTexts:
    yield from ()


_CHECKS: dict[str, Callable[[SlackJson], FaultTexts]] = {
    "rich_text": _check_rich_text,
    "section": _check_section,
    "header": _check_header,
    "context": _check_context,
    "actions": _check_actions,
    "divider": _check_nothing,
    "input": _check_input,
    "button": _check_button,
    "static_select": _check_select,
    "external_select": _check_external,
    "multi_external_select": _check_external,
    "checkboxes": _check_checkboxes,
    "plain_text_input": _check_text_input,
    "number_input": _check_number,
    "file_input": _check_file_input,
    "conversations_select": _check_conversations,
}


def _check_option(option: SlackJson) -> FaultTexts:
    if set(option) - {"text", "value", "description", "url"}:
        yield f"an option has no {sorted(option)}"
    yield from _check_text(option.get("text"), 75, "an option", kinds=("plain_text", "mrkdwn"))
    if not 1 <= len(option.get("value", "")) <= 150:
        yield f"an option's value of {len(option.get('value', ''))} characters"


def _check_text(
    given: Any, max_length: int, what: str, *, required: bool = True, kinds: Sequence[str] = ("plain_text",)
) -> list[str]:
    if given is None:
        return [f"{what} is missing"] if required else []
    if given.get("type") not in kinds:
        return [f"{what} is {given.get('type')}"]
    size = len(given.get("text", ""))
    return [] if 1 <= size <= max_length else [f"{what} of {size} characters"]


def _check_length(given: SlackJson, name: str, max_length: int) -> list[str]:
    value = given.get(name)
    return [] if value is None or (isinstance(value, str) and len(value) <= max_length) else [f"{name} is too long"]


def _check_count(given: Sequence[Any], min_count: int, max_count: int, what: str) -> list[str]:
    return [] if min_count <= len(given) <= max_count else [f"{len(given)} {what}"]


def _check_fields(given: SlackJson, besides: set[str]) -> list[str]:
    return [
        f"{given['type']} has no {name}"
        for name in given
        if name not in _KNOWN_FIELDS[given["type"]] | besides | {"type"}
    ]
