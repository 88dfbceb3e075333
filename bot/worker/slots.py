"""Worker slots: a bounded number of jobs at once, each a task that runs its job as far as it goes now."""

import asyncio
import errno
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import Broken, Trouble
from bot.jobs.job import WORK_QUEUE, Job, Jobs, Stage
from bot.runtime import backoff
from bot.runtime.clock import Clock
from bot.runtime.wakeups import QueueWakeups
from bot.worker.leases import Leases
from bot.worker.steps import Steps
from bot.worker.transitions import Transitions

log = structlog.get_logger(__name__)

DISK_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})


class WorkerSlots:
    """Runs held jobs; an error of one job stops neither the others nor the process."""

    def __init__(
        self,
        jobs: Jobs,
        clock: Clock,
        leases: Leases,
        transitions: Transitions,
        steps: Steps,
        wakeups: QueueWakeups,
        on_broken: Callable[[Broken], None],
        max_jobs: int = 32,
    ) -> None:
        self._jobs = jobs
        self._clock = clock
        self._leases = leases
        self._transitions = transitions
        self._steps = steps
        self._wakeups = wakeups
        self._on_broken = on_broken
        self._max_jobs = max_jobs
        self._stopping = False
        self._running: set[asyncio.Task[None]] = set()
        self._unexpected_errors = Counter[str]()  # by job, in this process
        self._task_group: asyncio.TaskGroup | None = None

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Run jobs as tasks of this group."""
        self._task_group = tasks

    def stop(self) -> None:
        """Finish the current step of each job, and start no other."""
        self._stopping = True

    @property
    def busy(self) -> int:
        return len(self._running)

    @property
    def free(self) -> int:
        return self._max_jobs - len(self._running)

    async def drain(self) -> None:
        """Wait until no slot is busy."""
        if self._running:
            await asyncio.wait(list(self._running))

    def start_job(self, job: Job) -> None:
        """Run a held job; one that still runs here, because our lease had run out, is not started a second time."""
        if self._task_group is None or self._leases.is_running(job.id):
            return  # two at once would both find nothing posted, and both post it
        task = self._task_group.create_task(self.run_isolated(job, lambda: self._run_job(job)), name=job.id)
        self._leases.start(job, task)
        self._running.add(task)
        task.add_done_callback(self._on_task_done)

    async def run_isolated(self, job: Job, work: Callable[[], Awaitable[None]]) -> None:
        """Work on one job; after an error the others go on, and this one is tried again later."""
        try:
            await work()
        except Broken as error:
            self._on_broken(error)
        except Exception as error:  # the edge of one job
            await self._handle_unexpected(job, error)

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._leases.drop(task.get_name(), interrupted=task.cancelled())
        self._wakeups.wake(WORK_QUEUE)

    async def _run_job(self, job: Job) -> None:
        leased: Job | None = job
        while leased and leased.owner == self._leases.owner_id and not self._stopping:
            leased = await self._steps.step(leased) or await self._reload_if_changed(leased)
        if leased and leased.owner == self._leases.owner_id:
            await self._transitions.move(leased, leased.evolve(due_at=self._clock.now()))

    async def _reload_if_changed(self, job: Job) -> Job | None:
        current = await self._jobs.get(job.id)
        return current if current and current.version != job.version else None

    async def _handle_unexpected(self, job: Job, error: Exception) -> None:
        """Jobs wait for a full disk, which is not their fault; any other error counts against the job."""
        if isinstance(error, OSError) and error.errno in DISK_FULL_ERRNOS:
            self._on_broken(
                Broken(f"The disk cannot be written ({error.strerror}). Free some space; jobs continue then.")
            )
            return
        log.error("a step failed unexpectedly", job=job.id, exc_info=error)
        try:
            await self._retry_or_fail(job.id)
        except Trouble as trouble:  # due again when the lease runs out
            log.warning("job not set aside", job=job.id, why=trouble.sentence)

    async def _retry_or_fail(self, job: str) -> None:
        current = await self._jobs.get(job)
        if current is None or current.owner != self._leases.owner_id:
            return
        self._unexpected_errors[job] += 1
        may_fail = current.stage is not Stage.SUBMITTING and not current.deleting
        if may_fail and self._unexpected_errors[job] > len(backoff.RETRY_DELAYS_SECONDS):
            del self._unexpected_errors[job]
            await self._transitions.fail(
                current, f"Something went wrong and no video was made. The server log has details under {current.id}."
            )
            return
        due = self._clock.now() + backoff.retry_delay(current.tries)
        await self._transitions.move(current, current.evolve(tries=current.tries + 1, due_at=due))
