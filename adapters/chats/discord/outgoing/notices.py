"""Posts notices to subscribed channels."""

import hashlib

import discord
from discord import ui

from adapters.chats.discord import texts
from adapters.chats.discord.client.errors import RouteClosed, translate_errors
from adapters.chats.discord.outgoing.cards import NO_MENTIONS, card_view
from bot.errors import Refused
from bot.notices.subscriptions import Notice
from bot.wording.cards import Card

MAX_NOTICE_SEARCH_MESSAGES = 100


async def post_notice(client: discord.Client, notice: Notice, card: Card) -> str:
    """Post once, marked so that it can be found again; Refused when the channel is gone or closed."""
    view, mark = card_view(card), _notice_mark(notice)
    for block in view.children:
        if isinstance(block, ui.Container):
            block.id = mark
    channel = client.get_partial_messageable(int(notice.place.channel))
    try:
        with translate_errors(posting=True):
            sent = await channel.send(view=view, allowed_mentions=NO_MENTIONS, nonce=f"n{mark}")
    except RouteClosed as shut:
        raise Refused(texts.CHANNEL_CLOSED) from shut
    return f"{sent.channel.id}/{sent.id}"


async def find_notice(client: discord.Client, notice: Notice) -> str | None:
    """Search the channel's latest messages for the mark."""
    channel, mark = client.get_partial_messageable(int(notice.place.channel)), _notice_mark(notice)
    try:
        with translate_errors(posting=False):
            async for message in channel.history(limit=MAX_NOTICE_SEARCH_MESSAGES):
                ours = client.user and message.author.id == client.user.id
                if ours and any(getattr(block, "id", None) == mark for block in message.components):
                    return f"{notice.place.channel}/{message.id}"
    except RouteClosed as shut:
        raise Refused(texts.CHANNEL_CLOSED) from shut
    return None


async def send_privately(client: discord.Client, user: str, text: str) -> None:
    """Send a DM; Refused when the person accepts none."""
    try:
        with translate_errors(posting=True):
            channel = await client.create_dm(discord.Object(int(user)))
            await channel.send(view=card_view(text), allowed_mentions=NO_MENTIONS)
    except RouteClosed as shut:
        raise Refused(texts.NO_WAY_TO_REPLY) from shut


def _notice_mark(notice: Notice) -> int:
    """Stored as the id of a component, which nobody sees."""
    return int.from_bytes(hashlib.sha256(notice.key.encode()).digest()[:4]) >> 1 or 1
