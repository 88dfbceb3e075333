"""Cards as Components V2, from the first state on: a message cannot change back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, get_args

import discord
from discord import ui

from bot.wording.cards import Button, ButtonAction, Card, Tone

MAX_CARD_TEXT_CHARS = 3900  # Discord's limit is 4,000 for all texts of a message
MAX_GALLERY_ALT_CHARS = 256
PROGRESS_BAR_BLOCKS = 10
MAX_BUTTON_ID_CHARS = 100
BUTTON_ID_PATTERN = re.compile(r"didtalk:(?P<action>[a-z]+):(?P<target>[0-9a-z]{1,40})")
REOPEN_FORM = "reopen"  # the action of the button that leads back to a refused form

_COLOURS: dict[Tone, discord.Colour] = {
    "calm": discord.Colour(0x99AAB5),
    "busy": discord.Colour(0x5865F2),
    "good": discord.Colour(0x2E9E5B),
    "bad": discord.Colour(0xC0392B),
}
_TAG_START = re.compile(r"(?<!\\)<(?=[@#:/a-z])")  # mentions, emoji, commands and timestamps
_MASS_MENTIONS = re.compile(r"@(?=everyone|here)")
_BUTTON_STYLES: dict[ButtonAction, discord.ButtonStyle] = {"delete": discord.ButtonStyle.danger}


@dataclass(frozen=True)
class ButtonPress:
    """A button's action and its job, or the draft of a form to reopen."""

    action: str
    target_id: str

    @property
    def custom_id(self) -> str:
        custom_id = f"didtalk:{self.action}:{self.target_id}"
        if len(custom_id) > MAX_BUTTON_ID_CHARS or not BUTTON_ID_PATTERN.fullmatch(custom_id):
            raise ValueError(f"{custom_id!r} does not fit a button")
        return custom_id

    @classmethod
    def from_custom_id(cls, custom_id: str) -> Self | None:
        """None for buttons of others."""
        match = BUTTON_ID_PATTERN.fullmatch(custom_id)
        return cls(match["action"], match["target"]) if match else None


@dataclass(frozen=True)
class AttachedNames:
    """The file names of the attached video and captions."""

    video: str = ""
    captions: str = ""


def card_view(card: Card, files: AttachedNames | None = None, heading: str = "") -> ui.LayoutView:
    files = files or AttachedNames()
    items: list[ui.Item[ui.LayoutView]] = [ui.TextDisplay(part) for part in _card_texts(card, heading)]
    if files.video:
        alt = _shorten(card.alt_text, MAX_GALLERY_ALT_CHARS)
        items.append(ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{files.video}", description=alt)))
    if files.captions:
        items.append(ui.File(f"attachment://{files.captions}"))
    if card.buttons:
        items.append(ui.ActionRow(*[_card_button(each) for each in card.buttons]))
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*items, accent_colour=_COLOURS[card.tone]))
    # Presses are matched by id; the library keeps no stopped view in memory.
    view.stop()
    return view


def sentence_card(text: str) -> Card:
    return Card(title="", lines=(text,), tone="bad")


def job_id_of(message: discord.Message) -> str | None:
    """The job of a card message, read from its buttons."""
    return next((press.target_id for press in button_presses(message) if press.action in get_args(ButtonAction)), None)


def button_presses(message: discord.Message) -> list[ButtonPress]:
    """All of our buttons in a message."""
    if not message.components:
        return []
    view_type = ui.LayoutView if message.flags.components_v2 else ui.View
    view = view_type.from_message(message, timeout=None)
    presses = [ButtonPress.from_custom_id(str(getattr(item, "custom_id", ""))) for item in view.walk_children()]
    return [press for press in presses if press]


def _card_texts(card: Card, heading: str) -> list[str]:
    texts = [heading] if heading else []
    if card.title:
        texts.append(f"### {_escape_text(card.title)}")
    room = MAX_CARD_TEXT_CHARS - sum(len(each) for each in texts)
    in_columns = any("  " in line for line in card.lines)
    body = _code_block(card.lines, room) if in_columns else _shorten(_prose_text(card), room)
    return [*texts, body] if body else texts or ["…"]


def _prose_text(card: Card) -> str:
    lines = [_escape_text(line) for line in card.lines]
    if card.progress is not None:
        lines.append(_progress_bar(card.progress))
    if card.expected_at is not None:
        lines.append(f"-# Usually ready <t:{int(card.expected_at)}:R>")
    return "\n".join(lines)


def _code_block(lines: Sequence[str], room: int) -> str:
    """Columns; Discord would otherwise fold the spaces."""
    body = "\n".join(lines).replace("```", "'''")
    return f"```\n{_shorten(body, room - 8)}\n```"


def _progress_bar(fraction: float) -> str:
    full = round(max(0.0, min(1.0, fraction)) * PROGRESS_BAR_BLOCKS)
    return f"-# {'▰' * full}{'▱' * (PROGRESS_BAR_BLOCKS - full)} {fraction:.0%}"


def _escape_text(text: str) -> str:
    """User text stays plain text: no headings, spoilers, disguised links or mentions."""
    text = discord.utils.escape_markdown(text).replace("](", "]\\(")
    return _MASS_MENTIONS.sub("@\u200b", _TAG_START.sub(r"\\<", text))


def _shorten(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else f"{text[: max_chars - 1]}…"


def _card_button(button: Button) -> ui.Button[ui.LayoutView]:
    style = _BUTTON_STYLES.get(button.action, discord.ButtonStyle.secondary)
    return ui.Button(label=button.label[:80], style=style, custom_id=ButtonPress(button.action, button.job).custom_id)
