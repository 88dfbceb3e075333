"""Forms as Slack's modals: everyday options first, the rest behind a button, errors at their field."""

from collections.abc import Mapping
from typing import Any

from adapters.chats.slack.forms.drafts import SlackDraft
from adapters.chats.slack.forms.fields import FIELD_PREFIX, field_block, read_field
from adapters.chats.slack.outgoing.blocks import MAX_SECTION_CHARS, section_block
from adapters.chats.slack.outgoing.mrkdwn import escape, truncate
from bot.commands import forms
from bot.commands.forms import FieldValue
from bot.errors import Refused
from bot.requests.options import options_of

REQUEST_FORM_ID = "didtalk_form"
MORE_OPTIONS_ACTION = "didtalk_more"
CHANNEL_BLOCK_ID = "where"
MAX_VIEW_BLOCKS = 100

View = dict[str, Any]


def form_view(draft: SlackDraft) -> View:
    """The form of a draft."""
    shown = [each for each in forms.form_options(draft.request) if draft.show_advanced or not each.advanced]
    blocks = [field_block(each, draft.given.get(each.field), draft.kind) for each in shown]
    if draft.place is None:
        blocks.insert(1, _channel_block())
    if not draft.show_advanced:
        blocks.append(_more_options_block())
    return {
        "type": "modal",
        "callback_id": REQUEST_FORM_ID,
        "private_metadata": draft.key,
        "notify_on_close": True,
        "title": plain_text(draft.title, 24),
        "submit": plain_text("Make it", 24),
        "close": plain_text("Cancel", 24),
        "blocks": blocks[:MAX_VIEW_BLOCKS],
    }


def notice_view(title: str, text: str) -> View:
    """A form that only says something."""
    body = [
        section_block(escape(text)[at : at + MAX_SECTION_CHARS])
        for at in range(0, min(len(text), 9 * MAX_SECTION_CHARS), MAX_SECTION_CHARS)
    ]
    return {
        "type": "modal",
        "title": plain_text(title, 24),
        "close": plain_text("Close", 24),
        "blocks": body or [section_block("…")],
    }


def form_values(draft: SlackDraft, state: Mapping[str, Any]) -> dict[str, Any]:
    """What the form says now: what it shows as filled in, what it does not show as it was."""
    shown: dict[str, FieldValue] = {}
    known = {each.field: each for each in options_of(draft.request)}
    for block, elements in state.items():
        option = known.get(block.removeprefix(FIELD_PREFIX))
        if option is None:
            continue
        given = read_field(option, next(iter(elements.values()), {}), draft.workspace)
        before = draft.given.get(option.field)
        shown[option.field] = before if given is None and option.media_kind else given
    return forms.form_to_values(draft.request, {**draft.given, **shown})


def form_errors(draft: SlackDraft, refusal: Refused, state: Mapping[str, Any]) -> dict[str, str]:
    """A refusal at the field it speaks of, or at the first when that is not on the form."""
    spot = forms.refused_field(draft.request, refusal)
    block = f"{FIELD_PREFIX}{spot}"
    if block not in state:
        block = next((each for each in state if each.startswith(FIELD_PREFIX)), block)
    return {block: truncate(refusal.sentence, 2000)}


def chosen_channel(state: Mapping[str, Any]) -> str:
    """Where the video should go, when the form asks."""
    return str(state.get(CHANNEL_BLOCK_ID, {}).get("channel", {}).get("selected_conversation") or "")


def _channel_block() -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": CHANNEL_BLOCK_ID,
        "optional": True,
        "label": plain_text("Where", 150),
        "hint": plain_text("Empty: only you get it.", 150),
        "element": {
            "type": "conversations_select",
            "action_id": "channel",
            "default_to_current_conversation": True,
            "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        },
    }


def _more_options_block() -> dict[str, Any]:
    button = {
        "type": "button",
        "action_id": MORE_OPTIONS_ACTION,
        "text": plain_text("More options", 75),
        "value": "more",
    }
    return {"type": "actions", "block_id": "more", "elements": [button]}


def plain_text(text: str, max_chars: int) -> dict[str, Any]:
    """Words without marks."""
    return {"type": "plain_text", "text": truncate(text, max_chars)}
