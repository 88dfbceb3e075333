"""A line of its own to PostgreSQL, over which the bell is rung and heard."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import structlog

from bot.runtime.wakeups import ANYTHING, Ear
from storage.postgres.errors import LOST

BEAT = 10.0  # seconds of silence after which the line is tried
ANSWER = 5.0
AGAIN = 1.0
RING = "SELECT pg_notify($1, word) FROM unnest($2::text[]) word"

log = structlog.get_logger(__name__)


class Line:
    """Rings and hears by LISTEN and NOTIFY.

    It is apart from what is written, because notifying transactions commit one after another in the whole server; words
    that wait while others are sent go together.
    """

    def __init__(self, connect: Callable[[], Awaitable["asyncpg.Connection[asyncpg.Record]"]], channel: str) -> None:
        self._connect = connect
        self._channel = channel
        self._ears: list[Ear] = []
        self._words: dict[str, None] = {}
        self._due = asyncio.Event()
        self._ours = 0  # what the server calls this connection
        self.heard = asyncio.Event()  # set while the line stands

    def ring(self, word: str) -> None:
        """Let the others know; it takes no time and cannot fail."""
        self._words[word] = None
        self._due.set()

    def listen(self, ear: Ear) -> None:
        """Have an ear told of every word that others ring."""
        self._ears.append(ear)

    async def run(self) -> None:
        """Keep the line standing until cancelled."""
        while True:
            try:
                await self._stand()
            except (*LOST, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("bell out of order; looking now and then instead", error=type(error).__name__)
            except Exception:  # the edge of the bell: nothing depends on it, and it must not stay silent for ever
                log.exception("the bell failed unexpectedly")
            finally:
                self.heard.clear()
            await asyncio.sleep(AGAIN)

    async def _stand(self) -> None:
        async with asyncio.timeout(ANSWER):
            connection = await self._connect()
        try:
            connection.add_termination_listener(self._broken)
            self._ours = connection.get_server_pid()  # asked now: what is heard last may come after the end
            await connection.add_listener(self._channel, self._hear)
            self.heard.set()
            self._tell(ANYTHING)  # whatever was rung while we could not hear
            while True:
                await self._send(connection)
        finally:
            connection.terminate()

    async def _send(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Ring what waits; when nothing does for a while, see whether anybody is there."""
        try:
            async with asyncio.timeout(BEAT):
                await self._due.wait()
        except TimeoutError:
            pass
        self._due.clear()
        words, self._words = self._words, {}
        try:
            async with asyncio.timeout(ANSWER):
                await connection.execute(RING, self._channel, list(words))
        except BaseException:
            self._words = words | self._words
            self._due.set()
            raise

    def _broken(self, connection: Any) -> None:
        self._due.set()  # trying it will tell

    def _hear(self, connection: Any, pid: int, channel: str, word: object) -> None:
        if pid != self._ours:
            self._tell(str(word))

    def _tell(self, word: str) -> None:
        for ear in self._ears:
            ear(word)
