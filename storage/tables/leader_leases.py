"""Seats as rows: taken until a moment, kept by signs of life, free when its holder is gone."""

import asyncio

import structlog

from bot.errors import Trouble
from bot.jobs.job import new_id
from bot.runtime.clock import Clock
from bot.runtime.leader_lease import Work
from storage.database import Database

LEADER_LEASE_SECONDS = 15.0  # seconds after which the seat of a process without signs of life is free
LEADER_HEARTBEAT_SECONDS = 3.0
LEADER_LEASE_MARGIN_SECONDS = (
    4.0  # seconds before that at which its holder stops by itself: the next one must find nobody at it
)

log = structlog.get_logger(__name__)

# Taken when it is free, held by us, or left behind; whoever asks at the same time waits for this to be written.
ACQUIRE_LEADER_LEASE = (
    "INSERT INTO leader_leases (name, owner, expires_at) VALUES ($1, $2, $4) ON CONFLICT (name) DO UPDATE"
    " SET owner = excluded.owner, expires_at = excluded.expires_at"
    " WHERE leader_leases.owner = $2 OR leader_leases.expires_at <= $3 RETURNING owner"
)
SELECT_LEADER = "SELECT owner FROM leader_leases WHERE name = $1"
DELETE_LEADER_LEASE = "DELETE FROM leader_leases WHERE name = $1 AND owner = $2"


class SqlLeaderLeases:
    """Hands out seats by name, to one of the processes that use the same database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._owner = new_id()

    async def run_as_leader(self, name: str, work: Work) -> None:
        """Wait for the seat and work while it is ours, again and again, until cancelled or the work ends by itself."""
        while True:
            until = await self._try_acquire(name)
            if until is not None and await self._lead(name, work, until):
                return
            await self._clock.sleep(LEADER_HEARTBEAT_SECONDS)

    async def _try_acquire(self, name: str) -> float | None:
        """Until when the seat is ours; None when it is somebody else's, or nobody can tell."""
        now = self._clock.now()
        try:
            rows = await self._database.run(ACQUIRE_LEADER_LEASE, name, self._owner, now, now + LEADER_LEASE_SECONDS)
        except Trouble as trouble:
            log.warning("seat not known", seat=name, why=trouble.sentence)
            return None
        return now + LEADER_LEASE_SECONDS if rows else None

    async def _lead(self, name: str, work: Work, until: float) -> bool:
        """Work while the seat is ours; whether the work came to its end."""
        log.info("seat taken", seat=name)
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
            log.warning("seat lost", seat=name)
            return False
        working.result()
        return True

    async def _renew_until_lost(self, name: str, until: float) -> None:
        """Give signs of life; over when the seat is lost, or may be before we hear of it."""
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
        """Whether the seat may still be ours, after nobody could tell."""
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
            log.info("seat left to its end", seat=name)
