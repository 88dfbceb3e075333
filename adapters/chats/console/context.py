"""What the parts of the console share while it is open."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from adapters.chats.console.feed import Feed
from adapters.chats.console.messages import Post, post_of
from adapters.chats.console.people import BOT, NAME
from adapters.chats.console.static_files import Pages
from bot.chats.message_store import Leaf, Wall
from bot.desk.chat_context import Door
from bot.errors import Refused
from bot.jobs.asker import Place
from bot.jobs.job import new_id
from bot.requests.media import Kind

GONE = "This message was deleted; there is nothing to do with it any more."


class Sniffed(Protocol):
    """What a file turned out to be."""

    @property
    def kind(self) -> Kind:
        """Which kind of media."""
        ...

    @property
    def format(self) -> str:
        """Which format of it."""
        ...


Sniff = Callable[[Path], Sniffed | None]


@dataclass(frozen=True)
class Inside:
    """The open console."""

    door: Door
    wall: Wall
    feed: Feed
    pages: Pages
    sniff: Sniff
    restart: Callable[[], None] | None

    async def pin(self, place: Place, post: Post, *, mark: str | None = None, whose: str = "") -> Leaf:
        """Keep a message and show it to everybody it is for."""
        leaf = Leaf(new_id(post.at), place.channel, post.body, place.thread, whose, mark)
        (kept,) = await self.wall.pin([leaf])
        self.feed.ring()
        return kept

    async def edit(self, leaf: str, change: Callable[[Post], Post | None]) -> Leaf | None:
        """Change a message and show it."""

        def body(old: Leaf) -> dict[str, object] | None:
            new = change(post_of(old))
            return new.body if new else None

        kept = await self.wall.edit(leaf, body)
        self.feed.ring()
        return kept

    async def leaf(self, id_: str, whose: str) -> Leaf:
        """A message that this person sees and that still stands."""
        leaf = await self.wall.get(id_)
        if leaf is None or leaf.whose not in ("", whose) or post_of(leaf).gone:
            raise Refused(GONE)
        return leaf

    def said(self, **what: object) -> Post:
        """A message of our own."""
        return Post.model_validate({"at": self.door.clock.now(), "by": BOT, **what})

    async def place(self, channel: str, thread: str = "", message: str = "") -> Place:
        """A place that exists."""
        if channel not in dict(await self.wall.channels()):
            raise Refused(f"There is no channel #{channel[:40]} any more.")
        return Place(platform=NAME, channel=channel, thread=thread, message=message)


def beside(leaf: Leaf) -> Place:
    """The place of what comes of a gesture at a message: its thread."""
    return Place(platform=NAME, channel=leaf.channel, thread=leaf.thread or leaf.id, message=leaf.id)


def where(leaf: Leaf) -> Place:
    """The place where a message itself stands."""
    return Place(platform=NAME, channel=leaf.channel, thread=leaf.thread, message=leaf.id)
