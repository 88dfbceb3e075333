"""Cards as Slack draws them: sections, buttons, and the same words once more for screen readers."""

from dataclasses import replace
from typing import Any

from adapters.chats.slack.outgoing.mrkdwn import cut_to_length, escape, truncate
from bot.wording.cards import Button, Card

MAX_SECTION_CHARS = 3000
MAX_MESSAGE_CHARS = 3900  # an edit is refused above 4,000
MAX_CARD_SECTIONS = 10
ACTION_PREFIX = "didtalk:"  # how the ids of our buttons begin; the value is the job

_DELETE_CONFIRM = {
    "title": {"type": "plain_text", "text": "Delete it?"},
    "text": {"type": "mrkdwn", "text": "The video goes away here and at the studio."},
    "confirm": {"type": "plain_text", "text": "Delete"},
    "deny": {"type": "plain_text", "text": "Keep"},
}

Block = dict[str, Any]


def fallback_text(card: Card, mention: str = "") -> str:
    """All that the blocks say, as plain words: screen readers read this instead of them."""
    return truncate(f"{_mention_prefix(mention)}{escape(card.text)}", MAX_MESSAGE_CHARS)


def card_blocks(card: Card, mention: str = "") -> list[Block]:
    """The card itself."""
    title = f"{_mention_prefix(mention)}*{truncate(escape(' '.join(card.title.split())), 500)}*"
    body = [section_block(part) for part in _pack_sections([title, *(escape(line) for line in card.lines)])]
    return [*body[:MAX_CARD_SECTIONS], *([actions_block(card)] if card.buttons else [])]


def with_line(card: Card, line: str) -> Card:
    """The card with one more line."""
    return replace(card, lines=(*card.lines, line))


def section_block(text: str) -> Block:
    """Some lines."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def context_block(text: str) -> Block:
    """Some lines in small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": truncate(text, 2000)}]}


def actions_block(card: Card) -> Block:
    """The card's buttons."""
    return {"type": "actions", "elements": [_button_block(each) for each in card.buttons]}


def _button_block(button: Button) -> Block:
    drawn: Block = {
        "type": "button",
        "action_id": f"{ACTION_PREFIX}{button.action}",
        "value": button.job,
        "text": {"type": "plain_text", "text": truncate(button.label, 75)},
    }
    return drawn | ({"style": "danger", "confirm": _DELETE_CONFIRM} if button.action == "delete" else {})


def _pack_sections(lines: list[str]) -> list[str]:
    """The lines, gathered into as few sections as hold them."""
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
