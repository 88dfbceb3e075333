"""Wake-ups by LISTEN and NOTIFY, on a connection of their own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import structlog

from bot.runtime.wakeups import WAKE_ALL, WakeupListener
from storage.postgres.errors import CONNECTION_ERRORS

CONNECTION_CHECK_SECONDS = 10.0  # after this silence the connection is tested
NOTIFY_TIMEOUT_SECONDS = 5.0
RECONNECT_SECONDS = 1.0
SEND_NOTIFICATIONS = "SELECT pg_notify($1, signal) FROM unnest($2::text[]) signal"

log = structlog.get_logger(__name__)


class PostgresWakeups:
    """Sends and receives signals.

    Not in the transactions that write, because notifying transactions commit one after another in the whole server.
    Signals that wait while others are sent go together.
    """

    def __init__(self, connect: Callable[[], Awaitable["asyncpg.Connection[asyncpg.Record]"]], channel: str) -> None:
        self._connect = connect
        self._channel = channel
        self._listeners: list[WakeupListener] = []
        self._pending: dict[str, None] = {}
        self._has_pending = asyncio.Event()
        self._own_pid = 0
        self.connected = asyncio.Event()  # set while the connection is open

    def notify(self, signal: str) -> None:
        self._pending[signal] = None
        self._has_pending.set()

    def listen(self, listener: WakeupListener) -> None:
        self._listeners.append(listener)

    async def run(self) -> None:
        """Keep the connection open until cancelled."""
        while True:
            try:
                await self._run_connection()
            except (*CONNECTION_ERRORS, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("wake-ups interrupted; polling instead", error=type(error).__name__)
            except Exception:  # nothing depends on wake-ups, and the loop must go on
                log.exception("wake-ups failed unexpectedly")
            finally:
                self.connected.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _run_connection(self) -> None:
        async with asyncio.timeout(NOTIFY_TIMEOUT_SECONDS):
            connection = await self._connect()
        try:
            connection.add_termination_listener(self._on_connection_lost)
            self._own_pid = connection.get_server_pid()  # read now: the last notifications may arrive after the end
            await connection.add_listener(self._channel, self._on_notification)
            self.connected.set()
            self._wake_listeners(WAKE_ALL)  # signals sent while we were not connected
            while True:
                await self._send_pending(connection)
        finally:
            connection.terminate()

    async def _send_pending(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        try:
            async with asyncio.timeout(CONNECTION_CHECK_SECONDS):
                await self._has_pending.wait()
        except TimeoutError:
            pass
        self._has_pending.clear()
        signals, self._pending = self._pending, {}
        try:
            async with asyncio.timeout(NOTIFY_TIMEOUT_SECONDS):
                await connection.execute(SEND_NOTIFICATIONS, self._channel, list(signals))
        except BaseException:
            self._pending = signals | self._pending
            self._has_pending.set()
            raise

    def _on_connection_lost(self, connection: Any) -> None:
        self._has_pending.set()

    def _on_notification(self, connection: Any, pid: int, channel: str, signal: object) -> None:
        if pid != self._own_pid:
            self._wake_listeners(str(signal))

    def _wake_listeners(self, signal: str) -> None:
        for listener in self._listeners:
            listener(signal)
