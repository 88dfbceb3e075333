"""Notices: what a subscribed channel hears without having asked just now."""

import hashlib
from collections.abc import Awaitable, Callable

import discord
from discord import ui

from adapters.chats.discord.client.errors import Shut, named
from adapters.chats.discord.outgoing.cards import page, sentence
from bot.errors import Refused
from bot.notices.subscriptions import Notice
from bot.wording import chat_texts
from bot.wording.cards import Card

LOOKED_THROUGH = 100


class Notices:
    """Posts to channels, each notice with a mark of its own by which it is known again."""

    def __init__(self, rest: Callable[[], Awaitable[discord.Client]]) -> None:
        self._rest = rest

    async def notify(self, notice: Notice, card: Card) -> str:
        """Post once; Refused when the channel is gone or closed, so that nobody knocks there for ever."""
        client = await self._rest()
        view = page(card)
        for block in view.children:
            if isinstance(block, ui.Container):
                block.id = _mark(notice)
        try:
            with named(posting=True):
                sent = await client.get_partial_messageable(int(notice.place.channel)).send(
                    view=view, allowed_mentions=discord.AllowedMentions.none(), nonce=f"n{_mark(notice)}"
                )
        except Shut as shut:
            raise Refused(chat_texts.channel_closed()) from shut
        return f"{sent.channel.id}/{sent.id}"

    async def noticed(self, notice: Notice) -> str | None:
        """Look through the channel's latest messages for the mark."""
        client = await self._rest()
        channel = client.get_partial_messageable(int(notice.place.channel))
        try:
            with named(posting=False):
                async for message in channel.history(limit=LOOKED_THROUGH):
                    if client.user and message.author.id == client.user.id and _marked(message, _mark(notice)):
                        return f"{notice.place.channel}/{message.id}"
        except Shut as shut:
            raise Refused(chat_texts.channel_closed()) from shut
        return None

    async def whisper(self, user: str, words: str) -> None:
        """Tell one person directly; Refused when they take no direct messages."""
        client = await self._rest()
        try:
            with named(posting=True):
                channel = await client.create_dm(discord.Object(int(user)))
                await channel.send(view=page(sentence(words)), allowed_mentions=discord.AllowedMentions.none())
        except Shut as shut:
            raise Refused(chat_texts.nowhere()) from shut


def _mark(notice: Notice) -> int:
    """Discord keeps a number with each block of a message; it shows nowhere."""
    return int.from_bytes(hashlib.sha256(notice.key.encode()).digest()[:4]) >> 1 or 1


def _marked(message: discord.Message, mark: int) -> bool:
    return any(getattr(block, "id", None) == mark for block in message.components)
