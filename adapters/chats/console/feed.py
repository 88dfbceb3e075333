"""The event stream of a page: everything that changed since a number, then each new change."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from adapters.chats.console.messages import message_json
from bot.chats.message_store import MessageStore

FEED_HEARTBEAT_SECONDS = 10.0  # of silence
MAX_CHANGES_PER_EVENT = 100  # changes in one event


class Feed:
    """Wakes the open pages; each reads the changes from the store."""

    def __init__(self) -> None:
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
                elif not await _wait_for_change(wakeup):
                    yield _format_event("heartbeat", {})

    @contextmanager
    def _subscribe(self) -> Iterator[asyncio.Event]:
        wakeup = asyncio.Event()
        self._wakeups.add(wakeup)
        try:
            yield wakeup
        finally:
            self._wakeups.discard(wakeup)


async def _wait_for_change(wakeup: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(FEED_HEARTBEAT_SECONDS):
            return await wakeup.wait()
    except TimeoutError:
        return False


def _format_event(name: str, data: Any, number: int | None = None) -> bytes:
    id_ = f"id: {number}\n" if number is not None else ""
    return f"{id_}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
