"""The console as the engine sees it: cards on a wall, the finished video in the card that promised it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from adapters.chats.console.access import Guard
from adapters.chats.console.context import Inside, Sniff
from adapters.chats.console.feed import Feed
from adapters.chats.console.messages import Film, Post, card_json, post_of
from adapters.chats.console.people import NAME
from adapters.chats.console.routes import Routes
from adapters.chats.console.seed_data import welcome
from adapters.chats.console.static_files import Pages
from bot.chats.chat import Parcel
from bot.desk.chat_context import Door
from bot.errors import Broken, Refused, TryAgain
from bot.jobs.asker import Place
from bot.jobs.job import Job
from bot.notices.subscriptions import Notice
from bot.requests.media import Kind, Media
from bot.wording.cards import Card


class Console:
    """A chat in the browser."""

    name = NAME

    def __init__(
        self,
        sniff: Sniff,
        *,
        token: str | None = None,
        restart: Callable[[], None] | None = None,
        faces: Mapping[str, Path] | None = None,
    ) -> None:
        self._sniff = sniff
        self._restart = restart
        self._faces = dict(faces or {})
        self._inside: Inside | None = None
        self._routes = Routes(Guard(token), lambda: self._inside)

    def routes(self) -> Sequence[BaseRoute]:
        """The page, and what it calls."""
        return self._routes.all()

    @asynccontextmanager
    async def open(self, door: Door) -> AsyncIterator[None]:
        """Listen for as long as we are inside; the wall stays usable until the database closes."""
        if door.wall is None:
            raise Broken("The console has no wall to keep its messages on.")
        pages = await asyncio.to_thread(Pages)
        self._inside = Inside(door, door.wall, Feed(), pages, self._sniff, self._restart)
        await welcome(self._inside, self._faces)
        try:
            yield
        finally:
            self._inside.feed.end()

    async def show(self, job: Job, card: Card) -> str:
        """Post the job's card, or edit the one it has."""
        return await self._card(job, card)

    async def deliver(self, job: Job, card: Card, parcel: Parcel) -> str:
        """Put the finished video into the job's card."""
        inside = self._open()
        await self._keep(inside, parcel.video, parcel.name, Kind.VIDEO)
        if parcel.captions:
            await self._keep(inside, parcel.captions, f"{parcel.name}.srt", Kind.TEXT)
        captions = parcel.captions.name if parcel.captions else None
        film = Film(key=parcel.video.name, name=parcel.name, captions=captions, alt=card.alt)
        return await self._card(job, card, film=film)

    async def find(self, job: Job) -> str | None:
        """The card that holds the video, if it does: both are written as one."""
        leaf = await self._open().wall.marked(_mark(job))
        return leaf.id if leaf and post_of(leaf).film else None

    async def fetch(self, media: Media, to: Path, most: int) -> None:
        """What the console gives is on the shelf from the start."""
        raise Refused(f"“{media.name}” is no longer here.")

    async def remove(self, job: Job) -> None:
        """Empty the job's card; what is already gone is not an error."""
        inside = self._open()
        if leaf := await inside.wall.marked(_mark(job)):
            await inside.edit(leaf.id, lambda post: None if post.gone else post.emptied)

    async def notify(self, notice: Notice, card: Card) -> str:
        """Post a notice in its channel, with the way to what it speaks of."""
        inside = self._open()
        place = await inside.place(notice.place.channel)
        there = await inside.wall.marked(f"job:{notice.job}") if notice.job else None
        post = inside.said(card=card_json(card), job=notice.job, points=there.id if there and not there.whose else "")
        return (await inside.pin(place, post, mark=_noted(notice))).id

    async def noticed(self, notice: Notice) -> str | None:
        """The message of a notice, if there is one."""
        leaf = await self._open().wall.marked(_noted(notice))
        return leaf.id if leaf else None

    async def whisper(self, user: str, place: Place, sentence: str) -> None:
        """Tell one person something, in the channel it is about."""
        inside = self._open()
        await inside.pin(place, inside.said(text=sentence), whose=user)

    async def _card(self, job: Job, card: Card, **more: Any) -> str:
        inside = self._open()
        whose = job.asker.user if job.place.private else ""
        calls = job.asker.user if card.mention else ""
        facts = {"card": card_json(card), "calls": calls, **more}
        fresh = inside.said(job=job.id, asked_by=job.asker.user, **facts)
        leaf = await inside.pin(job.place, fresh, mark=_mark(job), whose=whose)
        await inside.edit(leaf.id, lambda post: _changed(post, facts))
        return leaf.id

    async def _keep(self, inside: Inside, path: Path, name: str, kind: Kind) -> None:
        size = (await asyncio.to_thread(path.stat)).st_size
        ending = path.suffix.lower()
        type_ = {".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm"}.get(ending, "text/plain")
        facts = {"key": path.name, "name": name, "kind": kind.value, "type": type_, "size": size}
        await inside.wall.keep(path.name, facts)

    def _open(self) -> Inside:
        if self._inside is None:
            raise TryAgain("The console is not open yet.", 1.0)
        return self._inside


def _mark(job: Job) -> str:
    return f"job:{job.id}"


def _noted(notice: Notice) -> str:
    return f"notice:{notice.key}"


def _changed(post: Post, facts: dict[str, Any]) -> Post | None:
    """The post with these facts; nothing when it says all that already, or was deleted."""
    new = post.but(**facts)
    return None if post.gone or new.body == post.body else new
