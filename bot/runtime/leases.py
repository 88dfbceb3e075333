"""Leases: work is ours until a moment written in the store, and for longer with every heartbeat.

When a process is gone its leases run out and another process takes over. So work under a lease is cancelled a little
before the lease ends: two processes must never pay or post the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
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
class _Lease:
    until: float
    task: asyncio.Task[Any] | None = None
    cancelled: bool = False


class LeaseKeeper:
    """Renews what is held, and cancels the task of a lease that is lost or about to run out."""

    def __init__(
        self, clock: Clock, renew: RenewLeases, seconds: float = LEASE_SECONDS, margin: float = LEASE_MARGIN_SECONDS
    ) -> None:
        """`renew` extends the leases of these keys in the store until that moment, and returns those still ours."""
        self._clock = clock
        self._renew = renew
        self._seconds = seconds
        self._margin = margin
        self._leases: dict[str, _Lease] = {}

    @property
    def held(self) -> frozenset[str]:
        return frozenset(self._leases)

    def hold(self, key: str, until: float, task: asyncio.Task[Any] | None = None) -> None:
        """Keep a lease, with the task that works under it; one that is held already keeps its task."""
        lease = self._leases.setdefault(key, _Lease(until))
        lease.until = until
        lease.task = lease.task or task

    def has_task(self, key: str) -> bool:
        return key in self._leases and self._leases[key].task is not None

    def end_of(self, key: str) -> float | None:
        return self._leases[key].until if key in self._leases else None

    def drop(self, keys: Iterable[str]) -> None:
        """Renew these no longer."""
        for key in keys:
            self._leases.pop(key, None)

    async def run(self) -> None:
        """Renew and watch all that is held, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._heartbeat_loop())
            tasks.create_task(self._expiry_loop())

    async def _heartbeat_loop(self) -> None:
        pause = self._seconds / 3
        while True:
            await self._clock.sleep(pause)
            pause = self._seconds / 3 if await self._renew_all() else RENEW_RETRY_SECONDS

    async def _renew_all(self) -> bool:
        """Whether the store answered."""
        leases = dict(self._leases)
        if not leases:
            return True
        until = self._clock.now() + self._seconds
        try:
            renewed = await self._renew(list(leases), until)
        except Trouble as error:
            log.warning("leases not renewed", why=error.sentence)
            return False
        for key, lease in leases.items():
            if key in renewed:
                lease.until = until
            else:
                _cancel(key, lease, "lease lost")
        return True

    async def _expiry_loop(self) -> None:
        while True:
            running = [each.until for each in self._leases.values() if each.task and not each.cancelled]
            first_end = min(running, default=float("inf")) - self._margin - self._clock.now()
            await self._clock.sleep(min(self._margin / 2, max(first_end, 0.1)))
            latest = self._clock.now() + self._margin
            for key, lease in self._leases.items():
                if lease.until <= latest:
                    _cancel(key, lease, "lease about to run out")


def _cancel(key: str, lease: _Lease, why: str) -> None:
    if lease.task and not lease.cancelled:
        log.warning("work cancelled", key=key, why=why)
        lease.cancelled = True
        lease.task.cancel()


class LeaderLeases(Protocol):
    """One process leads at a time, for work that must not be done twice at once; the next one takes over."""

    async def run_as_leader(self, name: str, work: Work) -> None:
        """Wait to become leader and work while we are, again and again, until cancelled or the work ends by itself."""
        ...


class SingleProcess:
    """Always the leader: no other process uses the store."""

    async def run_as_leader(self, name: str, work: Work) -> None:
        await work()
