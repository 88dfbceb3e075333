"""Leases: work is ours until a moment written in the store, and for longer with every heartbeat.

When a process is gone its leases run out and another process takes over. So work under a lease is cancelled a little
before the lease ends: two processes must never pay or post the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from bot.errors import Trouble
from bot.runtime.clock import Clock

LEASE_SECONDS = 30.0
LEASE_MARGIN_SECONDS = 5.0  # calls that were sent before the work was cancelled arrive within this time
RENEW_RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)

RenewLeases = Callable[[Sequence[str], float], Awaitable[Collection[str]]]
Work = Callable[[], Awaitable[None]]


@dataclass(eq=False)
class Lease:
    until: float
    task: asyncio.Task[Any] | None = None  # the work under it
    cancelled: bool = False

    def cancel(self, key: str, why: str) -> None:
        if self.task and not self.cancelled:
            log.warning("work cancelled", key=key, why=why)
            self.cancelled = True
            self.task.cancel()


async def keep_leases(
    leases: Mapping[str, Lease],
    clock: Clock,
    renew: RenewLeases,
    seconds: float = LEASE_SECONDS,
    margin: float = LEASE_MARGIN_SECONDS,
) -> None:
    """Renew these leases until cancelled, and cancel the task of one that is lost or about to run out.

    `renew` extends the leases of these keys in the store until that moment, and returns those still ours.
    """
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_renew_loop(leases, clock, renew, seconds))
        tasks.create_task(_expiry_loop(leases, clock, margin))


async def _renew_loop(leases: Mapping[str, Lease], clock: Clock, renew: RenewLeases, seconds: float) -> None:
    pause = seconds / 3
    while True:
        await clock.sleep(pause)
        held, until = dict(leases), clock.now() + seconds
        try:
            renewed = await renew(list(held), until) if held else ()
        except Trouble as error:
            log.warning("leases not renewed", why=error.sentence)
            pause = RENEW_RETRY_SECONDS
            continue
        pause = seconds / 3
        for key, lease in held.items():
            if key in renewed:
                lease.until = until
            else:
                lease.cancel(key, "lease lost")


async def _expiry_loop(leases: Mapping[str, Lease], clock: Clock, margin: float) -> None:
    while True:
        running = [each.until for each in leases.values() if each.task and not each.cancelled]
        first_end = min(running, default=float("inf")) - margin - clock.now()
        await clock.sleep(min(margin / 2, max(first_end, 0.1)))
        latest = clock.now() + margin
        for key, lease in leases.items():
            if lease.until <= latest:
                lease.cancel(key, "lease about to run out")


class LeaderLeases(Protocol):
    """One process leads at a time, for work that must not be done twice at once; the next one takes over."""

    async def run_as_leader(self, name: str, work: Work) -> None:
        """Wait to become leader and work while we are, again and again, until cancelled or the work ends by itself."""


class SingleProcess:
    """Always the leader: no other process uses the store."""

    async def run_as_leader(self, name: str, work: Work) -> None:
        await work()
