"""A line of its own to PostgreSQL, over which the bell is rung and heard."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import structlog

from bot.runtime.wakeups import WAKE_ALL, WakeupListener
from storage.postgres.errors import CONNECTION_ERRORS

CONNECTION_CHECK_SECONDS = 10.0  # seconds of silence after which the line is tried
NOTIFY_TIMEOUT_SECONDS = 5.0
RECONNECT_SECONDS = 1.0
SEND_NOTIFICATIONS = "SELECT pg_notify($1, word) FROM unnest($2::text[]) word"

log = structlog.get_logger(__name__)


class PostgresWakeups:
    """Rings and hears by LISTEN and NOTIFY.

    It is apart from what is written, because notifying transactions commit one after another in the whole server; words
    that wait while others are sent go together.
    """

    def __init__(self, connect: Callable[[], Awaitable["asyncpg.Connection[asyncpg.Record]"]], channel: str) -> None:
        self._connect = connect
        self._channel = channel
        self._listeners: list[WakeupListener] = []
        self._pending: dict[str, None] = {}
        self._has_pending = asyncio.Event()
        self._own_pid = 0  # what the server calls this connection
        self.connected = asyncio.Event()  # set while the line stands

    def notify(self, signal: str) -> None:
        """Let the others know; it takes no time and cannot fail."""
        self._pending[signal] = None
        self._has_pending.set()

    def listen(self, listener: WakeupListener) -> None:
        """Have an ear told of every word that others ring."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Keep the line standing until cancelled."""
        while True:
            try:
                await self._run_connection()
            except (*CONNECTION_ERRORS, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("bell out of order; looking now and then instead", error=type(error).__name__)
            except Exception:  # the edge of the bell: nothing depends on it, and it must not stay silent for ever
                log.exception("the bell failed unexpectedly")
            finally:
                self.connected.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _run_connection(self) -> None:
        async with asyncio.timeout(NOTIFY_TIMEOUT_SECONDS):
            connection = await self._connect()
        try:
            connection.add_termination_listener(self._on_connection_lost)
            self._own_pid = connection.get_server_pid()  # asked now: what is heard last may come after the end
            await connection.add_listener(self._channel, self._on_notification)
            self.connected.set()
            self._wake_listeners(WAKE_ALL)  # whatever was rung while we could not hear
            while True:
                await self._send_pending(connection)
        finally:
            connection.terminate()

    async def _send_pending(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Ring what waits; when nothing does for a while, see whether anybody is there."""
        try:
            async with asyncio.timeout(CONNECTION_CHECK_SECONDS):
                await self._has_pending.wait()
        except TimeoutError:
            pass
        self._has_pending.clear()
        words, self._pending = self._pending, {}
        try:
            async with asyncio.timeout(NOTIFY_TIMEOUT_SECONDS):
                await connection.execute(SEND_NOTIFICATIONS, self._channel, list(words))
        except BaseException:
            self._pending = words | self._pending
            self._has_pending.set()
            raise

    def _on_connection_lost(self, connection: Any) -> None:
        self._has_pending.set()  # trying it will tell

    def _on_notification(self, connection: Any, pid: int, channel: str, word: object) -> None:
        if pid != self._own_pid:
            self._wake_listeners(str(word))

    def _wake_listeners(self, word: str) -> None:
        for listener in self._listeners:
            listener(word)
