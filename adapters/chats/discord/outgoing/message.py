"""An outgoing message; its view and files are built for each attempt, because sending consumes them."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

import discord
from discord import ui

from adapters.chats.discord.outgoing.cards import AttachedNames, card_view
from bot.wording.cards import Card

MAX_FILE_ALT_CHARS = 1024


@dataclass(frozen=True)
class OutgoingMessage:
    """A card, with or without its video."""

    card: Card
    asker_id: int
    video: Path | None = None
    file_name: str = ""
    captions: Path | None = None
    heading: str = ""

    @property
    def view(self) -> ui.LayoutView:
        names = AttachedNames(self.file_name if self.video else "", self._captions_file_name if self.captions else "")
        return card_view(self.card, names, self.heading)

    async def open_files(self) -> list[discord.File]:
        """The opened files; discord.py closes them."""
        return await asyncio.to_thread(self._open_files) if self.video or self.captions else []

    def _open_files(self) -> list[discord.File]:
        files = []
        if self.video:
            files.append(discord.File(self.video, self.file_name, description=self.card.alt_text[:MAX_FILE_ALT_CHARS]))
        if self.captions:
            files.append(discord.File(self.captions, self._captions_file_name))
        return files

    @property
    def allowed_mentions(self) -> discord.AllowedMentions:
        """Only the asker can be mentioned."""
        return discord.AllowedMentions(
            everyone=False, roles=False, replied_user=False, users=[discord.Object(self.asker_id)]
        )

    def with_heading(self, text: str) -> "OutgoingMessage":
        return replace(self, heading=f"{text}\n{self.heading}".strip())

    @property
    def _captions_file_name(self) -> str:
        return f"{self.file_name.rpartition('.')[0]}.srt"
