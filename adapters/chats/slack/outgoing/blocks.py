"""Cards as Slack draws them: sections, buttons, and the same words once more for screen readers."""

from dataclasses import replace
from typing import Any

from adapters.chats.slack.outgoing.mrkdwn import clip, cut, escape
from bot.wording.cards import Button, Card

SECTION = 3000
TEXT = 3900  # an edit is refused above 4,000
SECTIONS = 10
ACT = "didtalk:"  # how the ids of our buttons begin; the value is the job

_CONFIRM = {
    "title": {"type": "plain_text", "text": "Delete it?"},
    "text": {"type": "mrkdwn", "text": "The video goes away here and at the studio."},
    "confirm": {"type": "plain_text", "text": "Delete"},
    "deny": {"type": "plain_text", "text": "Keep"},
}

Block = dict[str, Any]


def text_of(card: Card, mention: str = "") -> str:
    """All that the blocks say, as plain words: screen readers read this instead of them."""
    return clip(f"{_call(mention)}{escape(card.text)}", TEXT)


def blocks_of(card: Card, mention: str = "") -> list[Block]:
    """The card itself."""
    title = f"{_call(mention)}*{clip(escape(' '.join(card.title.split())), 500)}*"
    body = [section(part) for part in _parts([title, *(escape(line) for line in card.lines)])]
    return [*body[:SECTIONS], *([actions(card)] if card.buttons else [])]


def with_line(card: Card, line: str) -> Card:
    """The card with one more line."""
    return replace(card, lines=(*card.lines, line))


def section(text: str) -> Block:
    """Some lines."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def small(text: str) -> Block:
    """Some lines in small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": clip(text, 2000)}]}


def actions(card: Card) -> Block:
    """The card's buttons."""
    return {"type": "actions", "elements": [_button(each) for each in card.buttons]}


def _button(button: Button) -> Block:
    drawn: Block = {
        "type": "button",
        "action_id": f"{ACT}{button.act}",
        "value": button.job,
        "text": {"type": "plain_text", "text": clip(button.label, 75)},
    }
    return drawn | ({"style": "danger", "confirm": _CONFIRM} if button.act == "delete" else {})


def _parts(lines: list[str]) -> list[str]:
    """The lines, gathered into as few sections as hold them."""
    parts = [""]
    for line in lines:
        for piece in _pieces(line):
            joined = f"{parts[-1]}\n{piece}" if parts[-1] else piece
            if len(joined) <= SECTION:
                parts[-1] = joined
            else:
                parts.append(piece)
    return [part for part in parts if part.strip()]


def _pieces(line: str) -> list[str]:
    pieces = []
    while line:
        pieces.append(cut(line, SECTION))
        line = line[len(pieces[-1]) :]
    return pieces or [""]


def _call(mention: str) -> str:
    return f"<@{mention}> " if mention else ""
