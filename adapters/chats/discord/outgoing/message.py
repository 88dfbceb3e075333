"""What is sent: a card, with or without its video; built anew for each attempt, because sending uses it up."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

import discord
from discord import ui

from adapters.chats.discord.outgoing.cards import Files, page
from bot.wording.cards import Card

ALT_MOST = 1024


@dataclass(frozen=True)
class Letter:
    """A card on its way to a message."""

    card: Card
    asker: int
    video: Path | None = None
    name: str = ""
    captions: Path | None = None
    head: str = ""

    @property
    def view(self) -> ui.LayoutView:
        """The words and buttons."""
        named = Files(self.name if self.video else "", self._captions_name if self.captions else "")
        return page(self.card, named, self.head)

    async def files(self) -> list[discord.File]:
        """The files, opened; whoever sends them closes them. On a busy disk opening one may take a while."""
        return await asyncio.to_thread(self._opened) if self.video or self.captions else []

    def _opened(self) -> list[discord.File]:
        files = []
        if self.video:
            files.append(discord.File(self.video, self.name, description=self.card.alt[:ALT_MOST]))
        if self.captions:
            files.append(discord.File(self.captions, self._captions_name))
        return files

    @property
    def mentions(self) -> discord.AllowedMentions:
        """Nobody but the person who asked is ever called."""
        return discord.AllowedMentions(
            everyone=False, roles=False, replied_user=False, users=[discord.Object(self.asker)]
        )

    def headed(self, words: str) -> "Letter":
        """The same under a line of explanation."""
        return replace(self, head=f"{words}\n{self.head}".strip())

    @property
    def _captions_name(self) -> str:
        return f"{self.name.rpartition('.')[0]}.srt"
