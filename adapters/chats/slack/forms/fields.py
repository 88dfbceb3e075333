"""Options as fields of a Slack form, and what was filled in read back."""

from collections.abc import Mapping
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.files import ENDINGS, media_of
from adapters.chats.slack.forms.suggestions import MINE as PICKED_MINE
from adapters.chats.slack.forms.suggestions import NONE
from adapters.chats.slack.forms.suggestions import option as pick
from adapters.chats.slack.outgoing.mrkdwn import clip
from bot.commands.forms import Given
from bot.commands.help import bounds
from bot.errors import Refused
from bot.requests.media import Kind, Media
from bot.requests.options import Option, Shape
from bot.studios.studio import title_of

INPUT = 3000  # characters one of Slack's inputs takes
PICK = "pick:"  # how the id of a list begins; what it lists follows
FIELD = "field:"  # how a block of a field begins; the field follows
MINE = "mine"  # the kind of the form of one's own defaults

Block = dict[str, Any]


def field(option: Option, given: Given, kind: str) -> Block:
    """An option as one block of a form."""
    if isinstance(given, str) and len(given) > INPUT:
        return _note(option, texts.FULL)
    return {
        "type": "input",
        "block_id": FIELD + option.field,
        "label": _plain(_label(option), 150),
        "optional": not option.required or isinstance(given, Media),
        "element": _element(option, given, kind),
    } | _hint(option, given)


def filled(option: Option, state: Mapping[str, Any], workspace: str) -> Given:
    """What a person filled in; the element says how it was asked."""
    match state.get("type"):
        case "checkboxes":
            return True if state.get("selected_options") else None
        case "file_input":
            files = state.get("files") or ()
            return _file(option, files[0], workspace) if files else None
        case "static_select" | "external_select":
            return (state.get("selected_option") or {}).get("value")
        case "multi_external_select":
            return "\n".join(each["value"] for each in state.get("selected_options") or ()) or None
        case _:
            return state.get("value")


def _file(option: Option, file: Mapping[str, Any], workspace: str) -> Media:
    # Slack holds back what has another ending, but not everywhere.
    if media := media_of(workspace, file):
        return media
    known = " ".join(ENDINGS[option.takes]) if option.takes else ""
    raise Refused(texts.NO_USE.format(name=file.get("name") or "That file", endings=known), option.field)


def _element(option: Option, given: Given, kind: str) -> Block:
    text = given if isinstance(given, str) and given else None
    match option.shape:
        case Shape.FLAG:
            return _tick(option, given)
        case Shape.MEDIA:
            endings = ENDINGS[option.takes] if option.takes else None
            return {"type": "file_input", "action_id": "file", "filetypes": endings, "max_files": 1}
        case Shape.CHOICE:
            none = [pick(NONE, "No default")] if kind == MINE else []
            listed = [*none, *(_choice(each) for each in option.choices)]
            return _with("static_select", text and _choice(text), options=listed)
        case Shape.NUMBER | Shape.WHOLE:
            return _number(option, text)
        case Shape.WORDS if option.suggests:
            chosen = [pick(each.strip()) for each in (text or "").replace("\n", ",").split(",") if each.strip()]
            return _list("multi_external_select", option, kind) | _some(initial_options=chosen)
        case _ if option.suggests:
            return _list("external_select", option, kind) | _some(initial_option=text and pick(text))
        case _:
            return _text(option, text)


def _text(option: Option, text: str | None) -> Block:
    most = min(option.longest or INPUT, INPUT)
    several = option.rest or option.shape is Shape.WORDS
    shown = _some(initial_value=text, placeholder=_plain(option.example, 150) if option.example else None)
    return {"type": "plain_text_input", "action_id": "text", "multiline": several, "max_length": most} | shown


def _number(option: Option, text: str | None) -> Block:
    low, high = (f"{bound:g}" if bound is not None else None for bound in (option.low, option.high))
    whole = option.shape is Shape.WHOLE
    known = _some(min_value=low, max_value=high, initial_value=text)
    return {"type": "number_input", "action_id": "number", "is_decimal_allowed": not whole} | known


def _tick(option: Option, given: Given) -> Block:
    tick = pick("yes", option.sentence)
    return {"type": "checkboxes", "action_id": "tick", "options": [tick]} | _some(initial_options=given and [tick])


def _with(kind: str, chosen: Any, **more: Any) -> Block:
    return {"type": kind, "action_id": "choice"} | more | _some(initial_option=chosen)


def _list(kind: str, option: Option, request: str) -> Block:
    what = f"drivers:{request}" if option.suggests == "drivers" else option.suggests
    what = f"{PICKED_MINE}{what}" if request == MINE else what
    return {"type": kind, "action_id": f"{PICK}{what}", "min_query_length": 0}


def _choice(value: str) -> dict[str, Any]:
    return pick(value, title_of(value))


def _label(option: Option) -> str:
    return "SSML" if option.word == "ssml" else option.word.replace("-", " ").capitalize()


def _hint(option: Option, given: Given) -> Block:
    told = option.sentence + ("" if option.choices or option.suggests else bounds(option))  # lists show what they take
    parts = [told] if option.shape is not Shape.FLAG else []
    if option.shape is Shape.TEXT and (option.longest or 0) > INPUT:
        parts.append(texts.ROOM)
    if isinstance(given, Media):
        parts.append(f"Now: {given.name or 'a file'}")
    elif option.takes:
        parts.append(texts.SMALL if option.takes is not Kind.TEXT else texts.LITTLE)
    return {"hint": _plain(". ".join(parts), 2000)} if parts else {}


def _note(option: Option, sentence: str) -> Block:
    return {"type": "context", "elements": [_plain(f"{_label(option)}: {sentence}", 2000)]}


def _plain(text: str, most: int) -> Block:
    return {"type": "plain_text", "text": clip(text, most)}


def _some(**given: Any) -> Block:
    return {name: value for name, value in given.items() if value}
