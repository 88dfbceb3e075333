"""Cards as Block Kit blocks, with a plain-text fallback for screen readers."""

from dataclasses import replace
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.outgoing.mrkdwn import cut_to_length, escape, truncate
from bot.wording.cards import Button, Card

MAX_SECTION_CHARS = 3000
MAX_MESSAGE_CHARS = 3900  # edits above 4,000 are refused
MAX_CARD_SECTIONS = 10
MAX_BUTTON_CHARS = 75
ACTION_PREFIX = "didtalk:"  # action id of our buttons: prefix and action; the value is the job id

Block = dict[str, Any]


def fallback_text(card: Card, mention: str = "") -> str:
    """The card as plain text, for notifications and screen readers."""
    return truncate(f"{_mention_prefix(mention)}{escape(card.text)}", MAX_MESSAGE_CHARS)


def card_blocks(card: Card, mention: str = "") -> list[Block]:
    title = f"{_mention_prefix(mention)}*{truncate(escape(' '.join(card.title.split())), 500)}*"
    body = [section_block(part) for part in _pack_sections([title, *(escape(line) for line in card.lines)])]
    return [*body[:MAX_CARD_SECTIONS], *([actions_block(card)] if card.buttons else [])]


def with_line(card: Card, line: str) -> Card:
    return replace(card, lines=(*card.lines, line))


def plain_text(text: str, max_chars: int = MAX_SECTION_CHARS) -> Block:
    """A text object without formatting."""
    return {"type": "plain_text", "text": truncate(text, max_chars)}


def confirm_dialog(title: str, text: str, confirm: str) -> Block:
    """The dialog that Slack shows before a button acts."""
    return {
        "title": plain_text(title),
        "text": {"type": "mrkdwn", "text": text},
        "confirm": plain_text(confirm),
        "deny": plain_text("Keep"),
    }


def header_block(text: str) -> Block:
    return {"type": "header", "text": plain_text(text, 150)}


def section_block(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def context_block(text: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": truncate(text, 2000)}]}


def actions_block(card: Card) -> Block:
    return {"type": "actions", "elements": [_button_block(each) for each in card.buttons]}


def _button_block(button: Button) -> Block:
    drawn: Block = {
        "type": "button",
        "action_id": f"{ACTION_PREFIX}{button.action}",
        "value": button.job,
        "text": plain_text(button.label, MAX_BUTTON_CHARS),
    }
    if button.action != "delete":
        return drawn
    return drawn | {"style": "danger", "confirm": confirm_dialog(*texts.DELETE_CONFIRM, "Delete")}


def _pack_sections(lines: list[str]) -> list[str]:
    """The lines in as few sections as possible."""
    parts = [""]
    for line in lines:
        for piece in _split_line(line):
            joined = f"{parts[-1]}\n{piece}" if parts[-1] else piece
            if len(joined) <= MAX_SECTION_CHARS:
                parts[-1] = joined
            else:
                parts.append(piece)
    return [part for part in parts if part.strip()]


def _split_line(line: str) -> list[str]:
    pieces = []
    while line:
        pieces.append(cut_to_length(line, MAX_SECTION_CHARS))
        line = line[len(pieces[-1]) :]
    return pieces or [""]


def _mention_prefix(mention: str) -> str:
    return f"<@{mention}> " if mention else ""
