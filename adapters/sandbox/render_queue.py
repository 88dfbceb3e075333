"""The render desk: a few seats, each taking the next waiting job. Jobs that wait are rows, not tasks."""

import asyncio
from dataclasses import asdict

import structlog

from adapters.sandbox.clock import Clock
from adapters.sandbox.context import House, Twins
from adapters.sandbox.render.order import Film, Spoilt
from adapters.sandbox.renderer import Renderer
from adapters.sandbox.store import jobs
from adapters.sandbox.store.database import patiently
from adapters.sandbox.store.jobs import End, Job

log = structlog.get_logger(__name__)

_PEEK = 0.25  # seconds between looks while a slow job waits: the clock may be moved by hand, so no sleep can tell


class Bellboy:
    """Wakes whoever waits for work."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def wake(self) -> None:
        """There is work."""
        self._rung.set()

    def quiet(self) -> None:
        """About to look; rings from here on count."""
        self._rung.clear()

    async def wait(self, due: float | None) -> None:
        """Until the bell rings, or for a moment when something comes due later."""
        try:
            async with asyncio.timeout(None if due is None else _PEEK):
                await self._rung.wait()
        except TimeoutError:
            return


class Desk:
    """Renders so many jobs at once."""

    def __init__(self, house: House, twins: Twins, renderer: Renderer, bell: Bellboy, ended: Bellboy) -> None:
        self._house = house
        self._twins = twins
        self._renderer = renderer
        self._bell = bell
        self._ended = ended

    async def run(self, seats: int) -> None:
        """Work until cancelled; what was in work is taken up again by the next start."""
        async with asyncio.TaskGroup() as group:
            for _ in range(seats):
                group.create_task(self._seat())

    async def _seat(self) -> None:
        rows = self._house.rows
        while True:
            self._bell.quiet()
            job = await patiently(lambda: jobs.claim(rows, self._house.clock()))
            if job is None:
                await self._bell.wait(await jobs.next_due(rows))
            else:
                self._bell.wake()  # another seat may have slept through the ring that brought this one
                await self._work(job)

    async def _work(self, job: Job) -> None:
        due = _held(job, self._house.clock)
        if due:
            await patiently(lambda: jobs.hold(self._house.rows, job, *due))
            return
        how = _doomed(job) or await self._render(job)
        await patiently(lambda: jobs.end(self._house.rows, job, how, self._house.clock(), _hooks(job)))
        self._ended.wake()

    async def _render(self, job: Job) -> End:
        try:
            order = await self._twins[job.studio].order(job, self._house)
            film = await self._renderer.render(order)
        except Spoilt as spoilt:
            return End("error", error={"kind": spoilt.kind, "description": spoilt.sentence})
        except Exception:
            log.exception("render_failed", job=job.id)
            return End("error", error={"kind": "UnknownError", "description": "the render failed"})
        return End("done", film=await asyncio.to_thread(_facts, film))


def _facts(film: Film) -> dict[str, object]:
    facts = asdict(film) | {"path": str(film.path), "captions": str(film.captions) if film.captions else None}
    return facts | {"size_kib": round(film.path.stat().st_size / 1024, 3)}


def _held(job: Job, clock: Clock) -> tuple[float, str] | None:
    if job.fault("stuck"):
        return jobs.NEVER, "stuck"
    slow = job.fault("slow")
    return (clock() + slow.seconds, "slow") if slow else None


def _doomed(job: Job) -> End | None:
    for status in ("rejected", "error"):
        if one := job.fault(status):
            return End(status, error={"kind": one.value, "description": f"asked for by fault {status}"})
    return None


def _hooks(job: Job) -> list[bool]:
    count = 0 if job.fault("no-hook") else 2 if job.fault("double-hook") else 1
    return [False] * count + [True] * bool(job.fault("forged-hook"))
