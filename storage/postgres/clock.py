"""The time of a database server: what all who use one database go by, so that no machine's own clock can be wrong.

Holds are dates that one process writes and others compare with their time. A machine whose clock is a minute ahead
would take over everything that others have in hand; so each asks the server what time it is, and counts on from there
by the clock that nobody can set.
"""

import structlog

from bot.errors import Trouble
from bot.runtime.clock import Clock, monotonic_now
from storage.database import Database

CLOCK_SYNC_SECONDS = 60.0  # seconds: two steady clocks do not part by more than a hundredth of a second in that time
MAX_ROUND_TRIP_SECONDS = 2.0  # an answer that took longer says too little; the next one will be quicker
CLOCK_SKEW_WARNING_SECONDS = (
    5.0  # seconds between a machine's clock and the server's that whoever runs it should hear of
)

SELECT_SERVER_TIME = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)"

log = structlog.get_logger(__name__)


class ServerClock:
    """Tells the server's time; waits by the machine's."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._offset = clock.now() - monotonic_now(clock)  # of the steady clock

    def now(self) -> float:
        """Seconds since 1970 in UTC, at the server."""
        return monotonic_now(self._clock) + self._offset

    def monotonic(self) -> float:
        """Seconds that only go on."""
        return monotonic_now(self._clock)

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await self._clock.sleep(seconds)

    async def synchronise(self, max_round_trip: float = MAX_ROUND_TRIP_SECONDS) -> None:
        """Ask the server what time it is."""
        before = monotonic_now(self._clock)
        ((server_time,),) = await self._database.read(SELECT_SERVER_TIME)
        after = monotonic_now(self._clock)
        if after - before <= max_round_trip:
            self._offset = server_time - (before + after) / 2

    async def run(self) -> None:
        """Compare now and then, until cancelled."""
        while True:
            await self._clock.sleep(CLOCK_SYNC_SECONDS)
            try:
                await self.synchronise()
            except Trouble as trouble:  # until the next time we count on
                log.warning("the server's time is not known", why=trouble.sentence)


async def open_server_clock(database: Database, clock: Clock) -> ServerClock:
    """The clock of a server that was asked already, however long its answer takes."""
    server = ServerClock(database, clock)
    await server.synchronise(float("inf"))
    if abs(skew := clock.now() - server.now()) > CLOCK_SKEW_WARNING_SECONDS:
        log.warning("this machine's clock is wrong, so the database's is used", seconds=round(skew, 1))
    return server
