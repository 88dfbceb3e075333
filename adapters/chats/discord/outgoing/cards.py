"""Cards as Discord draws them: Components V2 from the first state on, as a message can never change back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import discord
from discord import ui

from adapters.chats.discord.incoming.button_ids import Press
from bot.wording.cards import Act, Button, Card, Tone

TEXT_MOST = 3900  # Discord counts 4,000 characters over all texts of a message
ALT_MOST = 256  # in a gallery; the file itself takes 1,024
BLOCKS = 10

_COLOURS: dict[Tone, discord.Colour] = {
    "calm": discord.Colour(0x99AAB5),
    "busy": discord.Colour(0x5865F2),
    "good": discord.Colour(0x2E9E5B),
    "bad": discord.Colour(0xC0392B),
}
_MARKS = re.compile(r"(?<!\\)<(?=[@#:/a-z])")  # people, channels, emoji, commands, moments, all become words
_CALLS = re.compile(r"@(?=everyone|here)")
_STYLES: dict[Act, discord.ButtonStyle] = {"delete": discord.ButtonStyle.danger}


@dataclass(frozen=True)
class Files:
    """What is shown inside a card: the names under which a video and its captions are attached."""

    video: str = ""
    captions: str = ""


def page(card: Card, files: Files | None = None, head: str = "") -> ui.LayoutView:
    """The card as a message."""
    files = files or Files()
    inside: list[ui.Item[ui.LayoutView]] = [ui.TextDisplay(part) for part in _texts(card, head)]
    if files.video:
        alt = _short(card.alt, ALT_MOST)
        inside.append(ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{files.video}", description=alt)))
    if files.captions:
        inside.append(ui.File(f"attachment://{files.captions}"))
    if card.buttons:
        inside.append(ui.ActionRow(*[_button(each) for each in card.buttons]))
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*inside, accent_colour=_COLOURS[card.tone]))
    # Presses are recognised by their id alone; a stopped view is not kept in memory by the library.
    view.stop()
    return view


def sentence(words: str) -> Card:
    """A single sentence to one person."""
    return Card(title="", lines=(words,), tone="bad")


def _texts(card: Card, head: str) -> list[str]:
    words = [head] if head else []
    if card.title:
        words.append(f"### {_plain(card.title)}")
    room = TEXT_MOST - sum(len(each) for each in words)
    listed = any("  " in line for line in card.lines)
    body = _aligned(card.lines, room) if listed else _short(_flowing(card), room)
    return [*words, body] if body else words or ["…"]


def _flowing(card: Card) -> str:
    lines = [_plain(line) for line in card.lines]
    if card.progress is not None:
        lines.append(_bar(card.progress))
    if card.expected is not None:
        lines.append(f"-# Usually done <t:{int(card.expected)}:R>")
    return "\n".join(lines)


def _aligned(lines: Sequence[str], room: int) -> str:
    """Lists stand in columns; what Discord would fold or decorate is shown as it is."""
    body = "\n".join(lines).replace("```", "'''")
    return f"```\n{_short(body, room - 8)}\n```"


def _bar(part: float) -> str:
    full = round(max(0.0, min(1.0, part)) * BLOCKS)
    return f"-# {'▰' * full}{'▱' * (BLOCKS - full)} {part:.0%}"


def _plain(words: str) -> str:
    """Words of people are words: not headings, not spoilers, no links with a false face, and nobody is called."""
    words = discord.utils.escape_markdown(words).replace("](", "]\\(")
    return _CALLS.sub("@\u200b", _MARKS.sub(r"\\<", words))


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _button(button: Button) -> ui.Button[ui.LayoutView]:
    style = _STYLES.get(button.act, discord.ButtonStyle.secondary)
    return ui.Button(label=button.label[:80], style=style, custom_id=Press(button.act, button.job).packed)
