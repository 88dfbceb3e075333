"""The console's people and messages, as stored and as JSON for the page."""

from dataclasses import asdict, dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bot.chats.message_store import StoredMessage
from bot.errors import Refused
from bot.jobs.job import Asker
from bot.requests.media import Media, MediaKind
from bot.wording.cards import Card

BOT_ID = "didtalk"
PLATFORM_NAME = "console"


@dataclass(frozen=True)
class Persona:
    """Two members and an admin, to show what permissions do."""

    id: str
    name: str
    role: str
    moderator: bool = False

    @property
    def asker(self) -> Asker:
        roles = ("admin",) if self.moderator else ()
        return Asker(platform=PLATFORM_NAME, user=self.id, name=self.name, roles=roles, moderator=self.moderator)


PERSONAS = {
    each.id: each
    for each in (
        Persona("ana", "Ana", "member"),
        Persona("ben", "Ben", "member"),
        Persona("mia", "Mia", "admin", moderator=True),
    )
}


def find_persona(id_: str | None) -> Persona:
    if id_ in PERSONAS:
        return PERSONAS[id_]
    raise Refused("Unknown person. Choose ana, ben or mia.")


class UploadedFile(BaseModel):
    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    kind: MediaKind
    type: str = "application/octet-stream"
    size: int = 0
    seconds: float | None = None

    @property
    def media(self) -> Media:
        return Media(kind=self.kind, address=f"shelf:{self.key}", name=self.name, seconds=self.seconds)


class DeliveredVideo(UploadedFile):
    kind: MediaKind = MediaKind.VIDEO
    captions: str | None = None
    captions_in_picture: bool = False
    language: str = "en"  # of its captions, as a code
    words: str = ""  # what it says, for captions where it came without
    alt_text: str = ""


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
        return self.model_dump(mode="json", exclude_defaults=True)

    def button_target(self, action: str) -> str | None:
        """What a button of the card acts on: a job, or the draft of a question."""
        buttons = (self.card or {}).get("buttons", ())
        return next((each["target"] for each in buttons if each["action"] == action), None)

    def evolve(self, **changes: Any) -> "ConsoleMessage":
        return self.model_copy(update=changes)

    @property
    def as_deleted(self) -> "ConsoleMessage":
        return ConsoleMessage(posted_at=self.posted_at, author=self.author, deleted=True)


def read_message(stored: StoredMessage) -> ConsoleMessage:
    return ConsoleMessage.model_validate(stored.body)


def card_json(card: Card) -> dict[str, Any]:
    return asdict(card)


def message_json(stored: StoredMessage) -> dict[str, Any]:
    private = bool(stored.visible_to)
    place = {"channel": stored.channel, "thread": stored.thread, "private": private}
    return {**stored.body, "id": stored.id, "seq": stored.seq, **place}
