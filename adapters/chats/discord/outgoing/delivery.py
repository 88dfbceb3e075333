"""Hands over the video: inside the limit that holds there and then, made smaller when it does not fit, else by link."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import discord
import structlog

from adapters.chats.discord.client.errors import TooLarge
from adapters.chats.discord.context import Rest
from adapters.chats.discord.outgoing.interaction_tokens import Tokens
from adapters.chats.discord.outgoing.message import Letter
from adapters.chats.discord.outgoing.sender import Posts
from bot.chats.chat import Parcel
from bot.desk.chat_context import LINK_LIVES
from bot.errors import Refused
from bot.jobs.job import Job
from bot.runtime.clock import Clock
from bot.wording import chat_texts
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

LIMIT = 10 * 1024 * 1024  # where a server's tier does not say more

Shrink = Callable[[Path, int], Awaitable[Path | None]]
Link = Callable[[str, str], str | None]


class Deliver:
    """Finds the shape in which a video fits, and posts it."""

    def __init__(self, posts: Posts, tokens: Tokens, rest: Rest, shrink: Shrink, link: Link, clock: Clock) -> None:
        self._posts = posts
        self._tokens = tokens
        self._rest = rest
        self._shrink = shrink
        self._link = link
        self._clock = clock

    async def deliver(self, job: Job, card: Card, parcel: Parcel) -> str:
        """The message that holds the video, or the link to it."""
        most = await self._most(job)
        try:
            return await self._fitting(job, card, parcel, most)
        except TooLarge:
            log.info("smaller than promised", job=job.id, most=most)
        try:
            return await self._fitting(job, card, parcel, min(most - 1, LIMIT))
        except TooLarge:
            return await self._put(job, await self._linked(job, card, parcel, LIMIT))

    async def _fitting(self, job: Job, card: Card, parcel: Parcel, most: int) -> str:
        video: Path | None = parcel.video
        if (await asyncio.to_thread(parcel.video.stat)).st_size > most:
            video = await self._shrink(parcel.video, most)
        if video is None:
            return await self._put(job, await self._linked(job, card, parcel, most))
        captions = parcel.captions
        if captions and not await asyncio.to_thread(captions.is_file):
            captions = None
        name = parcel.name if video is parcel.video else f"{parcel.name.rpartition('.')[0]}.mp4"
        try:
            return await self._put(job, Letter(card, int(job.asker.user), video, name, captions))
        finally:
            if video is not parcel.video:
                await asyncio.to_thread(video.unlink, missing_ok=True)

    async def _linked(self, job: Job, card: Card, parcel: Parcel, most: int) -> Letter:
        """The card with a link of our own in the video's place."""
        size = (await asyncio.to_thread(parcel.video.stat)).st_size
        link = self._link(parcel.video.name, parcel.name)
        if link is None:
            raise Refused(chat_texts.too_large_without_link(size, most))
        until = f"<t:{int(self._clock.now() + LINK_LIVES)}:f>"
        words = chat_texts.too_large(size, most, link, until)
        return Letter(card, int(job.asker.user), head=words)  # a link only works outside of what people wrote

    async def _put(self, job: Job, letter: Letter) -> str:
        return await self._posts.put(job, letter, f"v{job.id}")

    async def _most(self, job: Job) -> int:
        """The token carries what its person may post; afterwards only the server's own tier counts."""
        if token := await self._tokens.of(job):
            return token.most
        client = await self._rest()
        guild = client.get_guild(int(job.place.workspace or 0))
        return _tier(guild) if guild else LIMIT


def _tier(guild: discord.Guild) -> int:
    return max(LIMIT, guild.filesize_limit)
