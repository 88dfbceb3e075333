"""What the parts of the console share while it is open."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from adapters.chats.console.feed import Feed
from adapters.chats.console.messages import ConsoleMessage, read_message
from adapters.chats.console.people import BOT_ID, PLATFORM_NAME
from adapters.chats.console.static_files import PageFiles
from bot.chats.message_store import MessageStore, StoredMessage
from bot.desk.chat_context import ChatContext
from bot.errors import Refused
from bot.jobs.asker import Place
from bot.jobs.job import new_id
from bot.requests.media import MediaKind

MESSAGE_DELETED_TEXT = "This message was deleted."


class SniffedFile(Protocol):
    """The detected type of a file."""

    @property
    def kind(self) -> MediaKind: ...

    @property
    def format(self) -> str: ...


Sniffer = Callable[[Path], SniffedFile | None]


@dataclass(frozen=True)
class ConsoleContext:
    """The open console."""

    core: ChatContext
    message_store: MessageStore
    feed: Feed
    pages: PageFiles
    sniff: Sniffer
    restart: Callable[[], None] | None

    async def post_message(
        self, place: Place, message: ConsoleMessage, *, unique_key: str | None = None, visible_to: str = ""
    ) -> StoredMessage:
        """Store a message and wake the open pages."""
        unsaved = StoredMessage(
            new_id(message.posted_at), place.channel, message.body, place.thread, visible_to, unique_key
        )
        (stored,) = await self.message_store.add([unsaved])
        self.feed.wake_readers()
        return stored

    async def edit_message(
        self, message_id: str, change: Callable[[ConsoleMessage], ConsoleMessage | None]
    ) -> StoredMessage | None:
        """Change a message and wake the open pages."""

        def changed_body(old: StoredMessage) -> dict[str, object] | None:
            new = change(read_message(old))
            return new.body if new else None

        stored = await self.message_store.edit(message_id, changed_body)
        self.feed.wake_readers()
        return stored

    async def visible_message(self, id_: str, visible_to: str) -> StoredMessage:
        """A message that this person can see and that is not deleted."""
        stored = await self.message_store.get(id_)
        if stored is None or stored.visible_to not in ("", visible_to) or read_message(stored).deleted:
            raise Refused(MESSAGE_DELETED_TEXT)
        return stored

    def bot_message(self, **fields: object) -> ConsoleMessage:
        return ConsoleMessage.model_validate({"posted_at": self.core.clock.now(), "author": BOT_ID, **fields})

    async def existing_place(self, channel: str, thread: str = "", message: str = "") -> Place:
        """The place, refused when its channel does not exist."""
        if channel not in dict(await self.message_store.list_channels()):
            raise Refused(f"There is no channel #{channel[:40]}.")
        return Place(platform=PLATFORM_NAME, channel=channel, thread=thread, message=message)


def thread_of(stored: StoredMessage) -> Place:
    """The thread of a message, where replies to gestures go."""
    return Place(platform=PLATFORM_NAME, channel=stored.channel, thread=stored.thread or stored.id, message=stored.id)


def place_of(stored: StoredMessage) -> Place:
    """Where the message itself is."""
    return Place(platform=PLATFORM_NAME, channel=stored.channel, thread=stored.thread, message=stored.id)
