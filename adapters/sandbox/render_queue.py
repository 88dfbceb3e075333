"""The render queue: a few workers, each taking the next waiting job. Waiting jobs are rows, not tasks."""

import asyncio
from dataclasses import asdict

import structlog

from adapters.sandbox.clock import Clock
from adapters.sandbox.context import SandboxContext, Twins
from adapters.sandbox.render.order import RenderedVideo, RenderFailed
from adapters.sandbox.renderer import Renderer
from adapters.sandbox.store import jobs
from adapters.sandbox.store.database import retry_write
from adapters.sandbox.store.jobs import RenderOutcome, SandboxJob

log = structlog.get_logger(__name__)

_POLL_SECONDS = 0.25  # while a slow job waits: a test may set the clock, so one long sleep would miss it


class WakeEvent:
    """Wakes the workers that wait for work."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        """There is work."""
        self._event.set()

    def clear(self) -> None:
        """Forget earlier wake-ups; called before looking for work."""
        self._event.clear()

    async def wait(self, due: float | None) -> None:
        """Until woken, or for a moment when something comes due later."""
        try:
            async with asyncio.timeout(None if due is None else _POLL_SECONDS):
                await self._event.wait()
        except TimeoutError:
            return


class RenderQueue:
    """Renders so many jobs at once."""

    def __init__(
        self, context: SandboxContext, twins: Twins, renderer: Renderer, wakeup: WakeEvent, jobs_ended: WakeEvent
    ) -> None:
        self._context = context
        self._twins = twins
        self._renderer = renderer
        self._wakeup = wakeup
        self._jobs_ended = jobs_ended

    async def run(self, workers: int) -> None:
        """Work until cancelled; what was in work is taken up again by the next start."""
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._run_worker())

    async def _run_worker(self) -> None:
        database = self._context.database
        while True:
            self._wakeup.clear()
            job = await retry_write(lambda: jobs.claim_job(database, self._context.clock()))
            if job is None:
                await self._wakeup.wait(await jobs.next_due(database))
            else:
                self._wakeup.wake()  # another worker may have missed the wake-up that brought this one
                await self._process_job(job)

    async def _process_job(self, job: SandboxJob) -> None:
        delay = _delay_by_fault(job, self._context.clock)
        if delay:
            await retry_write(lambda: jobs.postpone_job(self._context.database, job, *delay))
            return
        await self.end_job(job)

    async def end_job(self, job: SandboxJob, outcome: RenderOutcome | None = None) -> None:
        """Render a job and write down its end, or only the end that is given."""
        outcome = outcome or _failure_by_fault(job) or await self._render_job(job)
        await retry_write(
            lambda: jobs.finish_job(self._context.database, job, outcome, self._context.clock(), _webhooks_due(job))
        )
        self._jobs_ended.wake()

    async def _render_job(self, job: SandboxJob) -> RenderOutcome:
        try:
            order = await self._twins[job.studio].build_order(job, self._context)
            video = await self._renderer.render(order)
        except RenderFailed as failure:
            return RenderOutcome("error", error={"kind": failure.kind, "description": failure.message})
        except Exception:
            log.exception("render failed", job=job.id)
            return RenderOutcome("error", error={"kind": "UnknownError", "description": "the render failed"})
        return RenderOutcome("done", result=await asyncio.to_thread(_video_facts, video))


def _video_facts(video: RenderedVideo) -> dict[str, object]:
    facts = asdict(video) | {"path": str(video.path), "captions": str(video.captions) if video.captions else None}
    return facts | {"size_kib": round(video.path.stat().st_size / 1024, 3)}


def _delay_by_fault(job: SandboxJob, clock: Clock) -> tuple[float, str] | None:
    if job.find_fault("stuck"):
        return jobs.NEVER_DUE, "stuck"
    slow = job.find_fault("slow")
    return (clock() + slow.seconds, "slow") if slow else None


def _failure_by_fault(job: SandboxJob) -> RenderOutcome | None:
    for status in ("rejected", "error"):
        if fault := job.find_fault(status):
            return RenderOutcome(status, error={"kind": fault.value, "description": f"asked for by fault {status}"})
    return None


def _webhooks_due(job: SandboxJob) -> list[bool]:
    count = 0 if job.find_fault("no-hook") else 2 if job.find_fault("double-hook") else 1
    return [False] * count + [True] * bool(job.find_fault("forged-hook"))
