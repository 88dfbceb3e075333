"""The feed of a page: everything that changed since a number, then whatever changes next, over one connection."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from adapters.chats.console.messages import leaf_json
from bot.chats.message_store import Wall

BEAT = 10.0  # seconds of silence after which a page is told that we are still here
AT_ONCE = 100  # changes in one event


class Feed:
    """Tells every open page that there is something new; what it is, each reads for itself."""

    def __init__(self) -> None:
        self._bells: set[asyncio.Event] = set()
        self._over = False

    @property
    def readers(self) -> int:
        """How many pages listen."""
        return len(self._bells)

    def ring(self) -> None:
        """Something changed."""
        for bell in self._bells:
            bell.set()

    def end(self) -> None:
        """Let every page go; they come back by themselves."""
        self._over = True
        self.ring()

    async def events(self, wall: Wall, whose: str, since: int, hello: dict[str, Any]) -> AsyncIterator[bytes]:
        """The stream of one page."""
        last = await wall.last()
        with self._listening() as bell:
            yield b"retry: 800\n" + _event("hello", hello | {"last": last, "lost": since > last})
            while not self._over and since <= last:
                bell.clear()
                leaves = await wall.since(since, whose, AT_ONCE)
                if leaves:
                    since = leaves[-1].seq
                    last = max(last, since)
                    yield _event("leaves", [leaf_json(leaf) for leaf in leaves], since)
                elif not await _rung(bell):
                    yield _event("beat", {})

    @contextmanager
    def _listening(self) -> Iterator[asyncio.Event]:
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            yield bell
        finally:
            self._bells.discard(bell)


async def _rung(bell: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(BEAT):
            return await bell.wait()
    except TimeoutError:
        return False


def _event(name: str, data: Any, number: int | None = None) -> bytes:
    id_ = f"id: {number}\n" if number is not None else ""
    return f"{id_}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
