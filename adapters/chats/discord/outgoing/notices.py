"""Posts notices to subscribed channels."""

import hashlib

import discord
from discord import ui

from adapters.chats.discord import texts
from adapters.chats.discord.client.errors import RouteClosed, translate_errors
from adapters.chats.discord.context import GetClient
from adapters.chats.discord.outgoing.cards import NO_MENTIONS, card_view, sentence_card
from bot.errors import Refused
from bot.notices.subscriptions import Notice
from bot.wording.cards import Card

MAX_NOTICE_SEARCH_MESSAGES = 100


class DiscordNotices:
    """Posts notices, each marked so that it can be found again."""

    def __init__(self, get_client: GetClient) -> None:
        self._get_client = get_client

    async def post_notice(self, notice: Notice, card: Card) -> str:
        """Post once; Refused when the channel is gone or closed."""
        client = await self._get_client()
        view = card_view(card)
        for block in view.children:
            if isinstance(block, ui.Container):
                block.id = _notice_mark(notice)
        try:
            with translate_errors(posting=True):
                sent = await client.get_partial_messageable(int(notice.place.channel)).send(
                    view=view, allowed_mentions=NO_MENTIONS, nonce=f"n{_notice_mark(notice)}"
                )
        except RouteClosed as shut:
            raise Refused(texts.CHANNEL_CLOSED) from shut
        return f"{sent.channel.id}/{sent.id}"

    async def find_notice(self, notice: Notice) -> str | None:
        """Search the channel's latest messages for the mark."""
        client = await self._get_client()
        channel = client.get_partial_messageable(int(notice.place.channel))
        try:
            with translate_errors(posting=False):
                async for message in channel.history(limit=MAX_NOTICE_SEARCH_MESSAGES):
                    if client.user and message.author.id == client.user.id and _has_mark(message, _notice_mark(notice)):
                        return f"{notice.place.channel}/{message.id}"
        except RouteClosed as shut:
            raise Refused(texts.CHANNEL_CLOSED) from shut
        return None

    async def send_privately(self, user: str, text: str) -> None:
        """Send a DM; Refused when the person accepts none."""
        client = await self._get_client()
        try:
            with translate_errors(posting=True):
                channel = await client.create_dm(discord.Object(int(user)))
                await channel.send(view=card_view(sentence_card(text)), allowed_mentions=NO_MENTIONS)
        except RouteClosed as shut:
            raise Refused(texts.NO_WAY_TO_REPLY) from shut


def _notice_mark(notice: Notice) -> int:
    """Stored as the id of a component, which nobody sees."""
    return int.from_bytes(hashlib.sha256(notice.key.encode()).digest()[:4]) >> 1 or 1


def _has_mark(message: discord.Message, mark: int) -> bool:
    return any(getattr(block, "id", None) == mark for block in message.components)
