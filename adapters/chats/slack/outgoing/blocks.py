"""Cards as Block Kit blocks, with a plain-text fallback for screen readers; escaping for Slack's mrkdwn."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from adapters.chats.slack import texts
from bot.requests.base import cut_at_word
from bot.wording.cards import Button, Card

MAX_SECTION_CHARS = 3000
MAX_MESSAGE_CHARS = 3900  # edits above 4,000 are refused
MAX_CARD_CHARS = 9000
MAX_BUTTON_CHARS = 75
ACTION_PREFIX = "didtalk:"  # action id of our buttons: prefix and action; the value is the job id
_URL = re.compile(r"(https://[^\s<>]{1,2000})")
_CUT_ENTITY = re.compile(r"&[a-z]{0,3}$")  # a cut &amp; &lt; or &gt;
# Slack also expands plain @channel and @here; an invisible character (word joiner) prevents it.
_BROADCAST_MENTION = re.compile(r"@(?=channel|here|everyone)", re.IGNORECASE)

Block = dict[str, Any]


def escape(text: str) -> str:
    """Escape formatting and mentions of everyone."""
    return _BROADCAST_MENTION.sub("@\u2060", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def truncate(text: str, max_chars: int) -> str:
    if len(text) <= max_chars:
        return text
    cut = cut_to_length(text, max_chars - 1)
    return f"{cut_at_word(cut)}…"


def cut_to_length(text: str, max_chars: int) -> str:
    """The start of a text, without half an escaped character."""
    return text[:max_chars] if len(text) <= max_chars else _CUT_ENTITY.sub("", text[:max_chars])


def fallback_text(card: Card, mention: str = "") -> str:
    """The card as plain text, for notifications and screen readers."""
    return truncate(f"{_mention_prefix(mention)}{escape(card.text)}", MAX_MESSAGE_CHARS)


def card_blocks(card: Card, mention: str = "") -> list[Block]:
    return [rich_text_block(card, mention), *([actions_block(card)] if card.buttons else [])]


def rich_text_block(card: Card, mention: str = "") -> Block:
    """Rich text knows no marks: stars and underscores in what people wrote stay what they are."""
    title = truncate(" ".join(card.title.split()), 500)
    body = truncate("\n".join(card.lines), MAX_CARD_CHARS)
    elements: list[Block] = [{"type": "user", "user_id": mention}, {"type": "text", "text": " "}] if mention else []
    elements += [{"type": "text", "text": title, "style": {"bold": True}}] if title else []
    elements += _text_elements(f"\n{body}" if title and body else body)
    section = {"type": "rich_text_section", "elements": elements or [{"type": "text", "text": "…"}]}
    return {"type": "rich_text", "elements": [section]}


def _text_elements(text: str) -> list[Block]:
    elements: list[Block] = []
    for nth, piece in enumerate(_URL.split(text)):
        parts = [piece[at : at + MAX_SECTION_CHARS] for at in range(0, len(piece), MAX_SECTION_CHARS)]
        elements += [{"type": "link", "url": each} if nth % 2 else {"type": "text", "text": each} for each in parts]
    return elements


def with_line(card: Card, line: str) -> Card:
    return replace(card, lines=(*card.lines, line))


def plain_text(text: str, max_chars: int = MAX_SECTION_CHARS) -> Block:
    """A text object without formatting."""
    return {"type": "plain_text", "text": truncate(text, max_chars)}


def confirm_dialog(title: str, text: str, confirm: str) -> Block:
    """The dialog that Slack shows before a button acts."""
    return {
        "title": plain_text(title),
        "text": plain_text(text),
        "confirm": plain_text(confirm),
        "deny": plain_text("Keep"),
    }


def header_block(text: str) -> Block:
    return {"type": "header", "text": plain_text(text, 150)}


def section_block(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def plain_section_block(lines: Iterable[str]) -> Block:
    """For what people may have written: nothing in it is formatted."""
    return {"type": "section", "text": plain_text("\n".join(lines))}


def context_block(text: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": truncate(text, 2000)}]}


def actions_block(card: Card) -> Block:
    return {"type": "actions", "elements": [_card_button(each, card.title) for each in card.buttons]}


def button_block(label: str, action_id: str, value: str) -> Block:
    return {"type": "button", "action_id": action_id, "value": value, "text": plain_text(label, MAX_BUTTON_CHARS)}


def _card_button(button: Button, title: str) -> Block:
    drawn = button_block(button.label, f"{ACTION_PREFIX}{button.action}", button.target)
    match button.action:
        case "delete":  # Slack asks, so the desk need not
            text = texts.DELETE_CONFIRM.format(title=truncate(title, 150))
            return drawn | {"style": "danger", "confirm": confirm_dialog("Delete this video?", text, "Delete")}
        case "confirm_delete":
            return drawn | {"style": "danger"}
        case "make" | "fill":
            return drawn | {"style": "primary"}
        case _:
            return drawn


def _mention_prefix(mention: str) -> str:
    return f"<@{mention}> " if mention else ""
