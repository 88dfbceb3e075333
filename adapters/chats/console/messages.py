"""The console's messages, as stored and as JSON for the page."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from adapters.chats.console.people import BOT_ID
from bot.chats.message_store import StoredMessage
from bot.desk.gestures import ChatMessage
from bot.requests.media import Media, MediaKind
from bot.wording.cards import Card


class UploadedFile(BaseModel):
    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    kind: MediaKind
    type: str = "application/octet-stream"
    size: int = 0

    @property
    def media(self) -> Media:
        return Media(kind=self.kind, address=f"shelf:{self.key}", name=self.name)


class DeliveredVideo(BaseModel):
    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    captions: str | None = None
    alt_text: str = ""

    @property
    def media(self) -> Media:
        return Media(kind=MediaKind.VIDEO, address=f"shelf:{self.key}", name=self.name)


class ConsoleMessage(BaseModel):
    model_config = ConfigDict(frozen=True)

    posted_at: float
    author: str
    text: str = ""
    files: tuple[UploadedFile, ...] = ()
    card: dict[str, Any] | None = None
    job: str | None = None
    video: DeliveredVideo | None = None
    asker: str = ""
    mentions: str = ""  # the person to notify
    linked_message: str = ""
    reactions: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    deleted: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """The fields to store."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def evolve(self, **changes: Any) -> "ConsoleMessage":
        return self.model_copy(update=changes)

    @property
    def as_deleted(self) -> "ConsoleMessage":
        """What stays of a deleted message."""
        return ConsoleMessage(posted_at=self.posted_at, author=self.author, deleted=True)


def read_message(stored: StoredMessage) -> ConsoleMessage:
    return ConsoleMessage.model_validate(stored.body)


def card_json(card: Card) -> dict[str, Any]:
    return asdict(card)


def message_json(stored: StoredMessage) -> dict[str, Any]:
    facts = {
        "id": stored.id,
        "seq": stored.seq,
        "channel": stored.channel,
        "thread": stored.thread,
        "private": bool(stored.visible_to),
    }
    return {**stored.body, **facts}


def gesture_message(stored: StoredMessage) -> ChatMessage:
    """A message for reactions and mentions: its text and media."""
    message = read_message(stored)
    media = tuple(attachment.media for attachment in message.files) + ((message.video.media,) if message.video else ())
    return ChatMessage(stored.id, message.text, media, by_bot=message.author == BOT_ID, job=message.job)
