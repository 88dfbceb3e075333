"""What the parts of the console share while it is open."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from adapters.chats.console.messages import BOT_ID, PLATFORM_NAME, ConsoleMessage, message_json, read_message
from adapters.chats.console.static_files import PageFiles
from bot.chats.message_store import MessageStore, StoredMessage
from bot.desk.chat_context import ChatContext
from bot.desk.gestures import ChatMessage, Gestures
from bot.errors import Refused
from bot.jobs.job import Place, new_id
from bot.requests.media import MediaKind
from bot.runtime.clock import Clock, sleep_or_wake

MESSAGE_DELETED_TEXT = "This message was deleted."
FEED_HEARTBEAT_SECONDS = 10.0  # of silence
MAX_CHANGES_PER_EVENT = 100  # changes in one event


class SniffedFile(Protocol):
    @property
    def kind(self) -> MediaKind: ...

    @property
    def format(self) -> str: ...


Sniffer = Callable[[Path], SniffedFile | None]


class Feed:
    """The event streams of the open pages: everything that changed since a number, then each new change."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wakeups: set[asyncio.Event] = set()
        self._closed = False

    @property
    def reader_count(self) -> int:
        return len(self._wakeups)

    def wake_readers(self) -> None:
        for wakeup in self._wakeups:
            wakeup.set()

    def close(self) -> None:
        """End all streams; the pages reconnect by themselves."""
        self._closed = True
        self.wake_readers()

    async def events(
        self, message_store: MessageStore, visible_to: str, since: int, hello: dict[str, Any]
    ) -> AsyncIterator[bytes]:
        last = await message_store.last_change()
        with self._subscribe() as wakeup:
            yield b"retry: 800\n" + _format_event("hello", hello | {"last": last, "lost": since > last})
            while not self._closed and since <= last:
                wakeup.clear()
                stored_messages = await message_store.changes_since(since, visible_to, MAX_CHANGES_PER_EVENT)
                if stored_messages:
                    since = stored_messages[-1].seq
                    last = max(last, since)
                    yield _format_event("messages", [message_json(stored) for stored in stored_messages], since)
                elif not await sleep_or_wake(self._clock, wakeup, FEED_HEARTBEAT_SECONDS):
                    yield _format_event("heartbeat", {})

    @contextmanager
    def _subscribe(self) -> Iterator[asyncio.Event]:
        wakeup = asyncio.Event()
        self._wakeups.add(wakeup)
        try:
            yield wakeup
        finally:
            self._wakeups.discard(wakeup)


@dataclass(frozen=True)
class ConsoleContext:
    core: ChatContext
    message_store: MessageStore
    feed: Feed
    pages: PageFiles
    sniff: Sniffer
    restart: Callable[[], None] | None

    @property
    def gestures(self) -> Gestures:
        return Gestures(self.core.desk, self.core.emoji)

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

    async def existing_place(self, channel: str, thread: str = "") -> Place:
        """The place, refused when its channel does not exist."""
        if channel not in dict(await self.message_store.list_channels()):
            raise Refused(f"There is no channel #{channel[:40]}.")
        return Place(platform=PLATFORM_NAME, channel=channel, thread=thread)


def thread_of(stored: StoredMessage) -> Place:
    """The thread of a message, where replies to gestures go."""
    return Place(platform=PLATFORM_NAME, channel=stored.channel, thread=stored.thread or stored.id, message=stored.id)


def place_of(stored: StoredMessage) -> Place:
    """Where the message itself is."""
    return Place(platform=PLATFORM_NAME, channel=stored.channel, thread=stored.thread, message=stored.id)


def _format_event(name: str, data: Any, number: int | None = None) -> bytes:
    id_ = f"id: {number}\n" if number is not None else ""
    return f"{id_}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def gesture_message(stored: StoredMessage) -> ChatMessage:
    """A message for reactions and mentions: its text and media."""
    message = read_message(stored)
    files = (*message.files, message.video) if message.video else message.files
    media = tuple(each.media for each in files)
    return ChatMessage(stored.id, message.text, media, by_bot=message.author == BOT_ID, job=message.job)
