"""Forms as Slack's modals: everyday options first, the rest behind a button, errors at their field."""

from collections.abc import Mapping
from typing import Any

from adapters.chats.slack.forms.drafts import Draft
from adapters.chats.slack.forms.fields import FIELD, field, filled
from adapters.chats.slack.outgoing.blocks import SECTION, section
from adapters.chats.slack.outgoing.mrkdwn import clip, escape
from bot.commands import forms
from bot.commands.forms import Given
from bot.errors import Refused
from bot.requests.options import options

FORM = "didtalk_form"
MORE = "didtalk_more"
WHERE = "where"
BLOCKS = 100

View = dict[str, Any]


def view_of(draft: Draft) -> View:
    """The form of a draft."""
    asked = [each for each in forms.shown(draft.request) if draft.more or not each.advanced]
    blocks = [field(each, draft.given.get(each.field), draft.kind) for each in asked]
    if draft.place is None:
        blocks.insert(1, _where())
    if not draft.more:
        blocks.append(_more())
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": draft.key,
        "notify_on_close": True,
        "title": plain(draft.title, 24),
        "submit": plain("Make it", 24),
        "close": plain("Cancel", 24),
        "blocks": blocks[:BLOCKS],
    }


def notice(title: str, text: str) -> View:
    """A form that only says something."""
    body = [section(escape(text)[at : at + SECTION]) for at in range(0, min(len(text), 9 * SECTION), SECTION)]
    return {"type": "modal", "title": plain(title, 24), "close": plain("Close", 24), "blocks": body or [section("…")]}


def values_of(draft: Draft, state: Mapping[str, Any]) -> dict[str, Any]:
    """What the form says now: what it shows as filled in, what it does not show as it was."""
    shown: dict[str, Given] = {}
    known = {each.field: each for each in options(draft.request)}
    for block, elements in state.items():
        option = known.get(block.removeprefix(FIELD))
        if option is None:
            continue
        said = filled(option, next(iter(elements.values()), {}), draft.workspace)
        before = draft.given.get(option.field)
        shown[option.field] = before if said is None and option.takes else said
    return forms.values(draft.request, {**draft.given, **shown})


def errors_of(draft: Draft, refusal: Refused, state: Mapping[str, Any]) -> dict[str, str]:
    """A refusal at the field it speaks of, or at the first when that is not on the form."""
    spot = forms.spot(draft.request, refusal)
    block = f"{FIELD}{spot}"
    if block not in state:
        block = next((each for each in state if each.startswith(FIELD)), block)
    return {block: clip(refusal.sentence, 2000)}


def channel_of(state: Mapping[str, Any]) -> str:
    """Where the video should go, when the form asks."""
    return str(state.get(WHERE, {}).get("channel", {}).get("selected_conversation") or "")


def _where() -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": WHERE,
        "optional": True,
        "label": plain("Where", 150),
        "hint": plain("Empty: only you get it.", 150),
        "element": {
            "type": "conversations_select",
            "action_id": "channel",
            "default_to_current_conversation": True,
            "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        },
    }


def _more() -> dict[str, Any]:
    button = {"type": "button", "action_id": MORE, "text": plain("More options", 75), "value": "more"}
    return {"type": "actions", "block_id": "more", "elements": [button]}


def plain(text: str, most: int) -> dict[str, Any]:
    """Words without marks."""
    return {"type": "plain_text", "text": clip(text, most)}
