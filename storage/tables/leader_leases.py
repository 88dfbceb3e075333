"""Leader leases as rows: acquired until a moment, renewed by heartbeats, free when they expire."""

import asyncio

import structlog

from bot.errors import Trouble
from bot.jobs.job import new_id
from bot.runtime.clock import Clock
from bot.runtime.leader_lease import Work
from storage.database import Database

LEADER_LEASE_SECONDS = 15.0  # without a heartbeat a lease ends after these
LEADER_HEARTBEAT_SECONDS = 3.0
LEADER_LEASE_MARGIN_SECONDS = 4.0  # a leader stops this long before its lease ends, so that there are never two

log = structlog.get_logger(__name__)

# Succeeds if the lease is free, ours or expired. Concurrent attempts wait for each other.
ACQUIRE_LEADER_LEASE = (
    "INSERT INTO leader_leases (name, owner, expires_at) VALUES ($1, $2, $4) ON CONFLICT (name) DO UPDATE"
    " SET owner = excluded.owner, expires_at = excluded.expires_at"
    " WHERE leader_leases.owner = $2 OR leader_leases.expires_at <= $3 RETURNING owner"
)
SELECT_LEADER = "SELECT owner FROM leader_leases WHERE name = $1"
DELETE_LEADER_LEASE = "DELETE FROM leader_leases WHERE name = $1 AND owner = $2"


class SqlLeaderLeases:
    """See `bot.runtime.leader_lease.LeaderLeases`, for processes that share a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._owner = new_id()

    async def run_as_leader(self, name: str, work: Work) -> None:
        while True:
            until = await self._try_acquire(name)
            if until is not None and await self._lead(name, work, until):
                return
            await self._clock.sleep(LEADER_HEARTBEAT_SECONDS)

    async def _try_acquire(self, name: str) -> float | None:
        """Until when the lease is ours; None if it is not, or the database does not answer."""
        now = self._clock.now()
        try:
            rows = await self._database.run(ACQUIRE_LEADER_LEASE, name, self._owner, now, now + LEADER_LEASE_SECONDS)
        except Trouble as trouble:
            log.warning("leader lease unknown", name=name, why=trouble.sentence)
            return None
        return now + LEADER_LEASE_SECONDS if rows else None

    async def _lead(self, name: str, work: Work, until: float) -> bool:
        """Work while the lease is ours; whether the work finished."""
        log.info("leader lease acquired", name=name)
        working = asyncio.ensure_future(work())
        renewing = asyncio.ensure_future(self._renew_until_lost(name, until))
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

    async def _renew_until_lost(self, name: str, until: float) -> None:
        """Send heartbeats; returns when the lease is lost, or may be before we learn of it."""
        while (seconds_left := until - LEADER_LEASE_MARGIN_SECONDS - self._clock.now()) > 0:
            await self._clock.sleep(min(LEADER_HEARTBEAT_SECONDS, seconds_left))
            try:
                async with asyncio.timeout(seconds_left):
                    renewed_until = await self._try_acquire(name)
            except TimeoutError:
                return
            if renewed_until is not None:
                until = renewed_until
            elif not await self._may_still_lead(name):
                return

    async def _may_still_lead(self, name: str) -> bool:
        try:
            rows = await self._database.read(SELECT_LEADER, name)
        except Trouble:
            return True  # the deadline decides
        return bool(rows) and rows[0][0] == self._owner

    async def _release_lease(self, name: str) -> None:
        try:
            async with asyncio.timeout(LEADER_LEASE_MARGIN_SECONDS):
                await self._database.run(DELETE_LEADER_LEASE, name, self._owner)
        except (Trouble, TimeoutError):
            log.info("leader lease not released", name=name)
