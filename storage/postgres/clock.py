"""The database server's time, used by all replicas, so that a wrong machine clock does no harm.

Leases are dates that one process writes and others compare with their time. A machine whose clock is a minute ahead
would take over all leased jobs. So each process asks the server for the time and continues by the monotonic clock.
"""

import structlog

from bot.errors import Trouble
from bot.runtime.clock import Clock
from storage.database import Database

CLOCK_SYNC_SECONDS = 60.0  # monotonic clocks drift by less than 0.01 s in that time
MAX_ROUND_TRIP_SECONDS = 2.0  # slower answers are too inexact
CLOCK_SKEW_WARNING_SECONDS = 5.0  # a larger difference between the clocks is logged

SELECT_SERVER_TIME = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)"

log = structlog.get_logger(__name__)


class ServerClock:
    """Reads the server's time; sleeps by the machine's."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._offset = clock.now() - clock.monotonic()  # of the steady clock

    def now(self) -> float:
        return self._clock.monotonic() + self._offset

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)

    async def synchronise(self, max_round_trip: float = MAX_ROUND_TRIP_SECONDS) -> None:
        """Measure the offset to the server's time."""
        before = self._clock.monotonic()
        ((server_time,),) = await self._database.read(SELECT_SERVER_TIME)
        after = self._clock.monotonic()
        if after - before <= max_round_trip:
            self._offset = server_time - (before + after) / 2

    async def run(self) -> None:
        """Synchronise every minute until cancelled."""
        while True:
            await self._clock.sleep(CLOCK_SYNC_SECONDS)
            try:
                await self.synchronise()
            except Trouble as trouble:
                log.warning("server time unknown", why=trouble.sentence)


async def open_server_clock(database: Database, clock: Clock) -> ServerClock:
    """A synchronised clock."""
    server = ServerClock(database, clock)
    await server.synchronise(float("inf"))
    if abs(skew := clock.now() - server.now()) > CLOCK_SKEW_WARNING_SECONDS:
        log.warning("this machine's clock is wrong; using the database's", seconds=round(skew, 1))
    return server
