"""Leader leases as rows, which are free when the leader is gone; and due dates when a clock was set back."""

import asyncio
from collections.abc import Sequence

import structlog

from bot.errors import Trouble
from bot.jobs.job import new_id
from bot.runtime.clock import Clock
from bot.runtime.leases import Lease, Work, keep_leases
from storage.database import Database, Statements

LEADER_LEASE_SECONDS = 15.0
LEADER_LEASE_MARGIN_SECONDS = 4.0
ACQUIRE_RETRY_SECONDS = 3.0
MAX_LEASE_SECONDS = 35.0  # the longest lease of any kind

log = structlog.get_logger(__name__)

# Taken when it is free, ours, or expired; others who try at the same time wait for this to be written.
ACQUIRE_LEADER_LEASE = (
    "INSERT INTO leader_leases (name, owner, expires_at) VALUES ($1, $2, $4) ON CONFLICT (name) DO UPDATE"
    " SET owner = excluded.owner, expires_at = excluded.expires_at"
    " WHERE leader_leases.owner = $2 OR leader_leases.expires_at <= $3 RETURNING owner"
)
DELETE_LEADER_LEASE = "DELETE FROM leader_leases WHERE name = $1 AND owner = $2"
SHIFT_WAITING = "UPDATE {table} SET due_at = due_at - $1 WHERE owner IS NULL AND due_at > $2"
SHORTEN_LEASES = "UPDATE {table} SET due_at = $1 WHERE owner IS NOT NULL AND due_at > $1"


class SqlLeaderLeases:
    """Elects a leader among the processes that use the same database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._owner = new_id()

    async def run_as_leader(self, name: str, work: Work) -> None:
        """Wait to become leader and work while we are, until cancelled or the work ends by itself."""
        while True:
            until = await self._try_acquire(name)
            if until is not None and await self._lead(name, work, until):
                return
            await self._clock.sleep(ACQUIRE_RETRY_SECONDS)

    async def _try_acquire(self, name: str) -> float | None:
        """Until when we are the leader; None when another process is, or the database does not answer."""
        until = self._clock.now() + LEADER_LEASE_SECONDS
        try:
            return until if await self._acquire(name, until) else None
        except Trouble as trouble:
            log.warning("leader lease unknown", name=name, why=trouble.sentence)
            return None

    async def _lead(self, name: str, work: Work, until: float) -> bool:
        """Work while we are the leader; whether the work came to its end."""
        log.info("leader lease acquired", name=name)
        working = asyncio.ensure_future(work())
        leases = {name: Lease(until, working)}
        renewing = asyncio.ensure_future(
            keep_leases(leases, self._clock, self._renew, LEADER_LEASE_SECONDS, LEADER_LEASE_MARGIN_SECONDS)
        )
        try:
            await asyncio.wait((working, renewing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (working, renewing):
                task.cancel()
            await asyncio.wait((working, renewing))
            await self._release_lease(name)
        if working.cancelled():
            log.warning("leader lease lost", name=name)
            return False
        working.result()
        return True

    async def _renew(self, names: Sequence[str], until: float) -> set[str]:
        return {name for name in names if await self._acquire(name, until)}

    async def _acquire(self, name: str, until: float) -> bool:
        return bool(await self._database.run(ACQUIRE_LEADER_LEASE, name, self._owner, self._clock.now(), until))

    async def _release_lease(self, name: str) -> None:
        try:
            async with asyncio.timeout(LEADER_LEASE_MARGIN_SECONDS):
                await self._database.run(DELETE_LEADER_LEASE, name, self._owner)
        except (Trouble, TimeoutError):
            log.info("leader lease not released", name=name)


class SqlClockShift:
    """Jobs, notices and received events, in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def move_earlier(self, seconds: float, now: float) -> None:
        """Move what waits earlier by so many seconds, and let no lease last longer than one that begins now.

        Where other processes may have leases, leases stay: by their clocks, which may be right, a shortened lease would
        be over while they still work.
        """

        async def work(statements: Statements) -> None:
            for table in ("jobs", "leased_queue"):
                await statements.run(SHIFT_WAITING.format(table=table), seconds, now)
                if not self._database.shared:
                    await statements.run(SHORTEN_LEASES.format(table=table), now + MAX_LEASE_SECONDS)

        await self._database.write(work)
