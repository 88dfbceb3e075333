"""A post: what stands in one message of the console, as it is kept and as the page gets it."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from adapters.chats.console.people import BOT
from bot.chats.message_store import Leaf
from bot.desk.gestures import Message
from bot.requests.media import Kind, Media
from bot.wording.cards import Card


class File(BaseModel):
    """A file that somebody left here."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    kind: Kind
    type: str = "application/octet-stream"
    size: int = 0

    @property
    def media(self) -> Media:
        """The file as a request takes it."""
        return Media(kind=self.kind, at=f"shelf:{self.key}", name=self.name)


class Film(BaseModel):
    """A finished video with what goes beside it."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    captions: str | None = None
    alt: str = ""

    @property
    def media(self) -> Media:
        """The video as a request takes it."""
        return Media(kind=Kind.VIDEO, at=f"shelf:{self.key}", name=self.name)


class Post(BaseModel):
    """What one message says."""

    model_config = ConfigDict(frozen=True)

    at: float
    by: str
    text: str = ""
    files: tuple[File, ...] = ()
    card: dict[str, Any] | None = None
    job: str | None = None
    film: Film | None = None
    asked_by: str = ""
    calls: str = ""  # whose attention it wants
    points: str = ""  # the message where there is more to see
    reactions: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    gone: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """How it is kept."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def but(self, **changes: Any) -> "Post":
        """The post with some facts changed."""
        return self.model_copy(update=changes)

    @property
    def emptied(self) -> "Post":
        """What stays of a deleted one: that it was there."""
        return Post(at=self.at, by=self.by, gone=True)


def post_of(leaf: Leaf) -> Post:
    """What a leaf says."""
    return Post.model_validate(leaf.body)


def card_json(card: Card) -> dict[str, Any]:
    """A card as the page draws it."""
    return asdict(card)


def leaf_json(leaf: Leaf) -> dict[str, Any]:
    """A leaf as the page gets it."""
    facts = {
        "id": leaf.id,
        "seq": leaf.seq,
        "channel": leaf.channel,
        "thread": leaf.thread,
        "private": bool(leaf.whose),
    }
    return {**leaf.body, **facts}


def message_of(leaf: Leaf) -> Message:
    """A leaf as gestures understand it: what can be spoken, moved or translated there."""
    post = post_of(leaf)
    media = tuple(each.media for each in post.files) + ((post.film.media,) if post.film else ())
    return Message(leaf.id, post.text, media, by_bot=post.by == BOT, job=post.job)
