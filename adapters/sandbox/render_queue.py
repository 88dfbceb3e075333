"""The render queue: a few workers, each taking the next waiting job. Waiting jobs are rows, not tasks."""

import asyncio
from dataclasses import asdict

import structlog

from adapters.sandbox.context import SandboxContext
from adapters.sandbox.render.order import RenderedVideo, RenderFailed
from adapters.sandbox.store import jobs
from adapters.sandbox.store.database import retry_write
from adapters.sandbox.store.jobs import RenderOutcome, SandboxJob

log = structlog.get_logger(__name__)


class RenderQueue:
    def __init__(self, context: SandboxContext) -> None:
        self._context = context

    async def run(self, workers: int) -> None:
        """Work until cancelled; what was in work is taken up again by the next start."""
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._run_worker())

    async def _run_worker(self) -> None:
        database = self._context.database
        while True:
            self._context.render_wakeup.clear()
            job = await retry_write(lambda: jobs.claim_job(database, self._context.clock()))
            if job is None:
                await self._context.render_wakeup.wait_for_work(await jobs.next_due(database))
            else:
                self._context.render_wakeup.set()  # another worker may have missed the wake-up that brought this one
                await self._process_job(job)

    async def _process_job(self, job: SandboxJob) -> None:
        if delay := _delay_by_fault(job, self._context.clock()):
            await retry_write(lambda: jobs.postpone_job(self._context.database, job, *delay))
        else:
            await self.end_job(job)

    async def end_job(self, job: SandboxJob, outcome: RenderOutcome | None = None) -> None:
        """Render a job and write down its end, or only the end that is given."""
        outcome = outcome or _failure_by_fault(job) or await self._render_job(job)
        await retry_write(
            lambda: jobs.finish_job(self._context.database, job, outcome, self._context.clock(), _webhooks_due(job))
        )
        self._context.webhook_wakeup.set()

    async def _render_job(self, job: SandboxJob) -> RenderOutcome:
        try:
            order = self._context.twins[job.studio].build_order(job, self._context)
            video = await self._context.renderer.render(order)
        except RenderFailed as failure:
            return RenderOutcome("error", error={"kind": failure.kind, "description": failure.message})
        except Exception:
            log.exception("render failed", job=job.id)
            return RenderOutcome("error", error={"kind": "UnknownError", "description": "the render failed"})
        return RenderOutcome("done", result=await asyncio.to_thread(_video_facts, video))


def _video_facts(video: RenderedVideo) -> dict[str, object]:
    facts = asdict(video) | {"path": str(video.path), "captions": str(video.captions) if video.captions else None}
    return facts | {"size_kib": round(video.path.stat().st_size / 1024, 3)}


def _delay_by_fault(job: SandboxJob, now: float) -> tuple[float, str] | None:
    if job.find_fault("stuck"):
        return jobs.NEVER_DUE, "stuck"
    slow = job.find_fault("slow")
    return (now + slow.seconds, "slow") if slow else None


def _failure_by_fault(job: SandboxJob) -> RenderOutcome | None:
    for status in ("rejected", "error"):
        if fault := job.find_fault(status):
            return RenderOutcome(status, error={"kind": fault.value, "description": f"asked for by fault {status}"})
    return None


def _webhooks_due(job: SandboxJob) -> list[bool]:
    count = 0 if job.find_fault("no-hook") else 2 if job.find_fault("double-hook") else 1
    return [False] * count + [True] * bool(job.find_fault("forged-hook"))
