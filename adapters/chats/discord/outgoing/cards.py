"""Cards as Components V2, from the first state on because a message cannot change back, and messages with them."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import discord
from discord import ui

from bot.requests.base import cut_at_word
from bot.wording.cards import JOB_ACTIONS, Button, Card, Tone

MAX_CARD_TEXT_CHARS = 3900  # Discord's limit is 4,000 for all texts of a message
MAX_GALLERY_ALT_CHARS = 256
MAX_FILE_ALT_CHARS = 1024
MAX_BUTTON_ID_CHARS = 100
BUTTON_ID_PATTERN = re.compile(r"didtalk:(?P<action>[a-z_]+):(?P<target>[0-9a-z]{1,40})")
REOPEN_FORM = "reopen"  # the action of the button that leads back to a refused form
NO_MENTIONS = discord.AllowedMentions.none()

_COLOURS: dict[Tone, discord.Colour] = {
    "calm": discord.Colour(0x99AAB5),
    "busy": discord.Colour(0x5865F2),
    "good": discord.Colour(0x2E9E5B),
    "bad": discord.Colour(0xC0392B),
}
_TAG_START = re.compile(r"(?<!\\)<(?=[@#:/a-z])")  # mentions, emoji, commands and timestamps
_MASS_MENTIONS = re.compile(r"@(?=everyone|here)")


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


def card_view(
    card: Card | str, *, video_name: str = "", captions_name: str = "", heading: str = "", link: str = ""
) -> ui.LayoutView:
    """The card; the names are those of the attached files. A sentence is shown as an error."""
    card = Card(title="", lines=(card,), tone="bad") if isinstance(card, str) else card
    items: list[ui.Item[ui.LayoutView]] = [ui.TextDisplay(part) for part in _card_texts(card, heading)]
    if video_name:
        alt = shorten(card.alt_text, MAX_GALLERY_ALT_CHARS)
        items.append(ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{video_name}", description=alt)))
    if captions_name:
        items.append(ui.File(f"attachment://{captions_name}"))
    buttons = [_card_button(each) for each in card.buttons]
    if link:
        buttons.insert(0, ui.Button(label="Watch the video", url=link))
    if buttons:
        items.append(ui.ActionRow(*buttons))
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*items, accent_colour=_COLOURS[card.tone]))
    # Presses are matched by id; the library keeps no stopped view in memory.
    view.stop()
    return view


def mention_only(user_id: int) -> discord.AllowedMentions:
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=[discord.Object(user_id)])


def shorten(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else f"{cut_at_word(text[: max_chars - 1])}…"


def job_id_of(message: discord.Message) -> str | None:
    """The job of a card message, read from its buttons."""
    return next((press.target_id for press in button_presses(message) if press.action in JOB_ACTIONS), None)


def button_presses(message: discord.Message) -> list[ButtonPress]:
    ids = [str(getattr(each, "custom_id", None) or "") for each in walk_components(message.components)]
    return [press for each in ids if (press := ButtonPress.from_custom_id(each))]


def walk_components(components: Sequence[Any]) -> Iterator[Any]:
    for each in components:
        yield each
        yield from walk_components(getattr(each, "children", ()))


def _card_texts(card: Card, heading: str) -> list[str]:
    texts = [heading] if heading else []
    if card.title:
        texts.append(f"### {_escape_text(card.title)}")
    room = MAX_CARD_TEXT_CHARS - sum(len(each) for each in texts)
    body = shorten(_prose_text(card), room)
    return [*texts, body] if body else texts or ["…"]


def _prose_text(card: Card) -> str:
    lines = [_escape_text(line) for line in card.lines]
    if card.started_at is not None:
        lines.append(f"-# Began <t:{int(card.started_at)}:R>")
    if card.expected_at is not None:
        lines.append(f"-# Usually ready <t:{int(card.expected_at)}:R>")
    return "\n".join(lines)


def _escape_text(text: str) -> str:
    """User text stays plain text: no headings, spoilers, disguised links or mentions."""
    text = discord.utils.escape_markdown(text).replace("](", "]\\(")
    return _MASS_MENTIONS.sub("@\u200b", _TAG_START.sub(r"\\<", text))


_BUTTON_STYLES = {
    "delete": discord.ButtonStyle.danger,
    "confirm_delete": discord.ButtonStyle.danger,
    "make": discord.ButtonStyle.primary,
    "fill": discord.ButtonStyle.primary,
}


def _card_button(button: Button) -> ui.Button[ui.LayoutView]:
    style = _BUTTON_STYLES.get(button.action, discord.ButtonStyle.secondary)
    custom_id = ButtonPress(button.action, button.target).custom_id
    return ui.Button(label=button.label[:80], style=style, custom_id=custom_id)


@dataclass(frozen=True)
class OutgoingMessage:
    """A card, with or without its video. View and files are built for each attempt, because sending consumes them."""

    card: Card
    asker_id: int
    video: Path | None = None
    file_name: str = ""
    captions: Path | None = None
    heading: str = ""

    @property
    def view(self) -> ui.LayoutView:
        return card_view(
            self.card,
            video_name=self.file_name if self.video else "",
            captions_name=self._captions_name if self.captions else "",
            heading=self.heading,
        )

    async def open_files(self) -> list[discord.File]:
        """The opened files; discord.py closes them."""
        return await asyncio.to_thread(self._open_files)

    def _open_files(self) -> list[discord.File]:
        files = []
        if self.video:
            files.append(discord.File(self.video, self.file_name, description=self.card.alt_text[:MAX_FILE_ALT_CHARS]))
        if self.captions:
            files.append(discord.File(self.captions, self._captions_name))
        return files

    @property
    def allowed_mentions(self) -> discord.AllowedMentions:
        return mention_only(self.asker_id)

    def with_heading(self, text: str) -> Self:
        return replace(self, heading=f"{text}\n{self.heading}".strip())

    @property
    def _captions_name(self) -> str:
        return f"{self.file_name.rpartition('.')[0]}.srt"
