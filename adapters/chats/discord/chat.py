"""Discord as a chat: what the engine asks of it, and its life while it is open."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import discord
import structlog

from adapters.chats.discord.attachment_download import Fetch
from adapters.chats.discord.client.connection import Account, Connection
from adapters.chats.discord.client.errors import named
from adapters.chats.discord.context import NAME, Front
from adapters.chats.discord.in_flight import Hands
from adapters.chats.discord.outgoing.delivery import Deliver, Shrink
from adapters.chats.discord.outgoing.edit_throttle import Edits
from adapters.chats.discord.outgoing.find_message import Seek
from adapters.chats.discord.outgoing.interaction_tokens import Tokens
from adapters.chats.discord.outgoing.message import Letter
from adapters.chats.discord.outgoing.notices import Notices
from adapters.chats.discord.outgoing.sender import DEADLINE, Posts
from adapters.chats.discord.permissions import invite
from bot.chats.chat import Parcel
from bot.desk.chat_context import Door
from bot.errors import TryAgain
from bot.jobs.asker import Place
from bot.jobs.job import Job
from bot.notices.subscriptions import Notice
from bot.requests.media import Media
from bot.wording import chat_texts
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

PUT_DOWN = 2.0  # seconds that what is in hand may take to come to an end when we stop
CROWD = 10.0  # seconds by which cards and videos give way to people who wait to be acknowledged
LONG = 60.0  # who waited longer than this is called when it is done
DOUBLE = 3.0  # seconds within which the same press is a double click


class DiscordChat:
    """Shows and delivers in Discord, and listens there."""

    name = NAME

    def __init__(self, account: Account, shrink: Shrink, deadline: float = DEADLINE) -> None:
        self._account = account
        self._deadline = deadline
        self._shrink = shrink
        self._line = Connection(account)
        self._inside: _Inside | None = None
        self._closing = False
        self._fetch = Fetch(self._line.rest, urlsplit(account.api_url).hostname if account.api_url else None)

    def routes(self) -> Sequence[Any]:
        """Nothing comes by HTTP: interactions and events share the gateway, which reactions need anyway."""
        return ()

    @asynccontextmanager
    async def open(self, door: Door) -> AsyncIterator[None]:
        """Listen for as long as we are inside."""
        if self._account.api_url:
            discord.http.Route.BASE = _versioned(self._account.api_url)
        self._closing = False
        tokens = Tokens(door.notes, door.clock)
        front = Front(door, tokens, self._account.role, self._account.content, double=_Doubles().twice)
        async with asyncio.TaskGroup() as tasks:
            seek = Seek(self._line.rest, tokens)
            posts = Posts(self._line.rest, tokens, seek, door.clock, self._deadline)
            deliver = Deliver(posts, tokens, self._line.rest, self._shrink, door.link, door.clock)
            edits = Edits(lambda job, card: posts.put(job, _letter(job, card), f"c{job.id}"), door.clock, tasks)
            self._inside = _Inside(
                door, tokens, posts, seek, deliver, edits, Notices(self._line.rest), front.hands, front.people
            )
            living: asyncio.Task[None] | None = None
            try:
                await self._line.begin(front)
                living = tasks.create_task(door.seats.sit(NAME, lambda: self._listen(front, tasks)))
                yield
            finally:
                self._closing = True
                edits.stop()
                await front.hands.rest(PUT_DOWN)
                if living:
                    living.cancel()
                await self._line.end()
                self._inside = None

    async def _listen(self, front: Front, tasks: asyncio.TaskGroup) -> None:
        """Be connected while we are the replica that listens; one that no longer is still posts."""
        try:
            await self._line.live(front, tasks)
        except asyncio.CancelledError:
            if not self._closing:
                await self._line.begin(front)
            raise

    async def show(self, job: Job, card: Card) -> str:
        """Fill or edit the job's message: busy cards at Discord's pace, last words at once."""
        inside = self._in()
        await inside.people.rest(CROWD)
        if job.card and card.tone == "busy":
            inside.edits.later(job, card)
            return job.card
        with inside.hands.busy():
            await inside.edits.settle(job)
            where = await inside.posts.put(job, _letter(job, card), f"c{job.id}")
            if job.ended:
                await self._over(job.but(card=where), chat_texts.ended() if card.mention else "")
        return where

    async def deliver(self, job: Job, card: Card, parcel: Parcel) -> str:
        """Turn the job's message into the video, and call whoever waited long."""
        inside = self._in()
        await inside.people.rest(CROWD)
        with inside.hands.busy():
            await inside.edits.settle(job)
            where = await inside.deliver.deliver(job, card, parcel)
            await self._over(job.but(card=where), chat_texts.ready() if where == job.card else "")
        return where

    async def find(self, job: Job) -> str | None:
        """The message that already holds the video: only then does it have the buttons of a finished job."""
        with named(posting=False):
            return await self._in().looking.seek(job, "details")

    async def fetch(self, media: Media, to: Path, most: int) -> None:
        """Download what a person attached."""
        await self._fetch.fetch(media, to, most)

    async def remove(self, job: Job) -> None:
        """Take the job's messages away."""
        for where in {each for each in (job.card, job.post) if each and "/" in each}:
            await self._in().posts.drop(job, where)

    async def notify(self, notice: Notice, card: Card) -> str:
        """Post a notice in its channel."""
        return await self._in().notices.notify(notice, card)

    async def noticed(self, notice: Notice) -> str | None:
        """The message of a notice whose answer was lost."""
        return await self._in().notices.noticed(notice)

    async def whisper(self, user: str, place: Place, sentence: str) -> None:
        """Tell one person something directly."""
        await self._in().notices.whisper(user, sentence)

    async def _over(self, job: Job, words: str) -> None:
        """Nothing more will be said about this job."""
        inside = self._in()
        if words and not job.place.private and inside.door.clock.now() - job.asked_at > LONG:
            await inside.posts.call(job, words)
        if job.of == 1:  # others of its group may still need it; it dies by itself
            await inside.tokens.drop(job.once)

    def _in(self) -> "_Inside":
        if self._inside is None:
            raise TryAgain("Discord is not connected at the moment.", 5)
        return self._inside

    @property
    def invite(self) -> str | None:
        """The link that adds the bot to a server, once we know who we are."""
        known = self._line.application
        return invite(known) if known else None


@dataclass(frozen=True)
class _Inside:
    """What there is while the chat is open."""

    door: Door
    tokens: Tokens
    posts: Posts
    looking: Seek
    deliver: Deliver
    edits: Edits
    notices: Notices
    hands: Hands
    people: Hands


class _Doubles:
    """Remembers presses for a moment."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}

    def twice(self, press: str) -> bool:
        """Whether the same press came a moment ago."""
        now = time.monotonic()
        self._seen = {each: at for each, at in self._seen.items() if now - at < DOUBLE}
        before = press in self._seen
        self._seen.setdefault(press, now)
        return before


def _versioned(url: str) -> str:
    """The address of the API in the version we speak."""
    return url.rstrip("/") + {"": "/api/v10", "/api": "/v10"}.get(urlsplit(url).path.rstrip("/"), "")


def _letter(job: Job, card: Card) -> Letter:
    return Letter(card, int(job.asker.user))
