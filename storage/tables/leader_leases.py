"""Leader leases as rows: held until a moment, renewed by heartbeats, free when the holder is gone."""

import asyncio
from collections.abc import Sequence

import structlog

from bot.errors import Trouble
from bot.jobs.job import new_id
from bot.runtime.clock import Clock
from bot.runtime.leases import LeaseKeeper, Work
from storage.database import Database

LEADER_LEASE_SECONDS = 15.0
LEADER_LEASE_MARGIN_SECONDS = 4.0
ACQUIRE_RETRY_SECONDS = 3.0

log = structlog.get_logger(__name__)

# Taken when it is free, ours, or expired; others who try at the same time wait for this to be written.
ACQUIRE_LEADER_LEASE = (
    "INSERT INTO leader_leases (name, owner, expires_at) VALUES ($1, $2, $4) ON CONFLICT (name) DO UPDATE"
    " SET owner = excluded.owner, expires_at = excluded.expires_at"
    " WHERE leader_leases.owner = $2 OR leader_leases.expires_at <= $3 RETURNING owner"
)
DELETE_LEADER_LEASE = "DELETE FROM leader_leases WHERE name = $1 AND owner = $2"


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
        keeper = LeaseKeeper(self._clock, self._renew, LEADER_LEASE_SECONDS, LEADER_LEASE_MARGIN_SECONDS)
        keeper.hold(name, until, working)
        renewing = asyncio.ensure_future(keeper.run())
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
