"""The time of a database server: what all who use one database go by, so that no machine's own clock can be wrong.

Holds are dates that one process writes and others compare with their time. A machine whose clock is a minute ahead
would take over everything that others have in hand; so each asks the server what time it is, and counts on from there
by the clock that nobody can set.
"""

import structlog

from bot.errors import Trouble
from bot.runtime.clock import Clock, steady
from storage.database import Database

EVERY = 60.0  # seconds: two steady clocks do not part by more than a hundredth of a second in that time
SLOW = 2.0  # an answer that took longer says too little; the next one will be quicker
OFF = 5.0  # seconds between a machine's clock and the server's that whoever runs it should hear of

NOW = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)"

log = structlog.get_logger(__name__)


class ServerClock:
    """Tells the server's time; waits by the machine's."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._ahead = clock.now() - steady(clock)  # of the steady clock

    def now(self) -> float:
        """Seconds since 1970 in UTC, at the server."""
        return steady(self._clock) + self._ahead

    def steady(self) -> float:
        """Seconds that only go on."""
        return steady(self._clock)

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await self._clock.sleep(seconds)

    async def compare(self, slow: float = SLOW) -> None:
        """Ask the server what time it is."""
        before = steady(self._clock)
        ((there,),) = await self._database.read(NOW)
        after = steady(self._clock)
        if after - before <= slow:
            self._ahead = there - (before + after) / 2

    async def run(self) -> None:
        """Compare now and then, until cancelled."""
        while True:
            await self._clock.sleep(EVERY)
            try:
                await self.compare()
            except Trouble as trouble:  # until the next time we count on
                log.warning("the server's time is not known", why=trouble.sentence)


async def server_clock(database: Database, clock: Clock) -> ServerClock:
    """The clock of a server that was asked already, however long its answer takes."""
    server = ServerClock(database, clock)
    await server.compare(float("inf"))
    if abs(off := clock.now() - server.now()) > OFF:
        log.warning("this machine's clock is wrong, so the database's is used", seconds=round(off, 1))
    return server
