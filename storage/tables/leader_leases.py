"""Seats as rows: taken until a moment, kept by signs of life, free when its holder is gone."""

import asyncio

import structlog

from bot.errors import Trouble
from bot.jobs.job import new_id
from bot.runtime.clock import Clock
from bot.runtime.leader_lease import Work
from storage.database import Database

HOLD = 15.0  # seconds after which the seat of a process without signs of life is free
BEAT = 3.0
SPARE = 4.0  # seconds before that at which its holder stops by itself: the next one must find nobody at it

log = structlog.get_logger(__name__)

# Taken when it is free, held by us, or left behind; whoever asks at the same time waits for this to be written.
TAKE = (
    "INSERT INTO seats (name, owner, until) VALUES ($1, $2, $4) ON CONFLICT (name) DO UPDATE"
    " SET owner = excluded.owner, until = excluded.until WHERE seats.owner = $2 OR seats.until <= $3 RETURNING owner"
)
WHOSE = "SELECT owner FROM seats WHERE name = $1"
LEAVE = "DELETE FROM seats WHERE name = $1 AND owner = $2"


class SqlSeats:
    """Hands out seats by name, to one of the processes that use the same database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._me = new_id()

    async def sit(self, name: str, work: Work) -> None:
        """Wait for the seat and work while it is ours, again and again, until cancelled or the work ends by itself."""
        while True:
            until = await self._taken(name)
            if until is not None and await self._hold(name, work, until):
                return
            await self._clock.sleep(BEAT)

    async def _taken(self, name: str) -> float | None:
        """Until when the seat is ours; None when it is somebody else's, or nobody can tell."""
        now = self._clock.now()
        try:
            rows = await self._database.run(TAKE, name, self._me, now, now + HOLD)
        except Trouble as trouble:
            log.warning("seat not known", seat=name, why=trouble.sentence)
            return None
        return now + HOLD if rows else None

    async def _hold(self, name: str, work: Work, until: float) -> bool:
        """Work while the seat is ours; whether the work came to its end."""
        log.info("seat taken", seat=name)
        working = asyncio.ensure_future(work())
        keeping = asyncio.ensure_future(self._keep(name, until))
        try:
            await asyncio.wait((working, keeping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (working, keeping):
                task.cancel()
            await asyncio.wait((working, keeping))
            await self._leave(name)
        if working.cancelled():
            log.warning("seat lost", seat=name)
            return False
        working.result()
        return True

    async def _keep(self, name: str, until: float) -> None:
        """Give signs of life; over when the seat is lost, or may be before we hear of it."""
        while (left := until - SPARE - self._clock.now()) > 0:
            await self._clock.sleep(min(BEAT, left))
            try:
                async with asyncio.timeout(left):
                    taken = await self._taken(name)
            except TimeoutError:
                return
            if taken is not None:
                until = taken
            elif not await self._still(name):
                return

    async def _still(self, name: str) -> bool:
        """Whether the seat may still be ours, after nobody could tell."""
        try:
            rows = await self._database.read(WHOSE, name)
        except Trouble:
            return True  # the deadline decides
        return bool(rows) and rows[0][0] == self._me

    async def _leave(self, name: str) -> None:
        try:
            async with asyncio.timeout(SPARE):
                await self._database.run(LEAVE, name, self._me)
        except (Trouble, TimeoutError):
            log.info("seat left to its end", seat=name)
