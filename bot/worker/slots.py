"""What is in hand: held jobs are carried as far as they go, their holds are renewed, and at the end let go of."""

import asyncio
import errno
import os
import platform
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import Broken, Trouble
from bot.jobs.job import WORK_QUEUE, Job, Stage, new_id
from bot.runtime import backoff
from bot.worker.steps import Steps
from bot.worker.transitions import Transitions

log = structlog.get_logger(__name__)

LEASE_SECONDS = 30.0  # how long a job is held without a sign of life before anyone may take it over
HEARTBEAT_SECONDS = LEASE_SECONDS / 3
LEASE_MARGIN_SECONDS = (
    5.0  # so long before a hold runs out, work under it is cut off: what is on its way must arrive by then
)
DISK_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})


class WorkerSlots:
    """So many jobs at once, each a task."""

    def __init__(
        self,
        transitions: Transitions,
        steps: Steps,
        max_jobs: int,
        stopping: asyncio.Event,
        on_broken: Callable[[Broken], None],
    ) -> None:
        self.owner_id = f"{platform.node()}.{os.getpid()}.{new_id()}"  # whoever reads the store sees who holds what
        self.polled: set[str] = set()  # held too, while somebody looks at them at their studio
        self._transitions = transitions
        self._jobs = transitions.jobs
        self._clock = transitions.clock
        self._steps = steps
        self._max_jobs = max_jobs
        self._stopping = stopping
        self._on_broken = on_broken
        self._running: dict[asyncio.Task[None], str] = {}
        self._interrupted: set[str] = set()  # what was cut off in the middle
        self._unexpected_errors = Counter[str]()  # steps of a job that failed as none should, in this process
        self._task_group: asyncio.TaskGroup | None = None

    def open(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Carry from now on, as tasks of this group; what keeps the holds meanwhile."""
        self._task_group = tasks
        return [tasks.create_task(each) for each in (self._heartbeat_loop(), self._expiry_loop())]

    @property
    def busy(self) -> int:
        """How many jobs are being carried this moment."""
        return len(self._running)

    @property
    def free(self) -> int:
        """How many more there is room for."""
        return self._max_jobs - len(self._running)

    def has_job(self, job: str) -> bool:
        """Whether a job is at ours, carried or watched."""
        return job in self.polled or job in self._running.values()

    async def drain(self) -> None:
        """Wait until what is carried is where it goes."""
        if self._running:
            await asyncio.wait(list(self._running))

    def start_job(self, job: Job) -> None:
        """Take a held job into one of our hands; what is in one already, for our hold had run out, stays there."""
        if self._task_group is None:
            return
        self._transitions.lease_ends[job.id] = job.due_at or self._clock.now() + LEASE_SECONDS
        if job.id in self._running.values():  # two at once would find nothing posted, and post it both
            return
        task = self._task_group.create_task(self.run_isolated(job, lambda: self._run_job(job)))
        self._running[task] = job.id
        task.add_done_callback(self._on_task_done)

    async def run_isolated(self, job: Job, work: Callable[[], Awaitable[None]]) -> None:
        """Do something for one job; whatever comes of it, the others go on, and this one is taken up again later."""
        try:
            await work()
        except Broken as error:
            self._on_broken(error)
        except Exception as error:  # the edge of one job
            await self._handle_unexpected(job, error)

    async def release_all(self) -> None:
        """Let go of what we still hold, so that others need not wait until the hold runs out."""
        now = self._clock.now()
        try:
            await self._jobs.release(self.owner_id, list(self.polled - self._interrupted), now)
            await self._jobs.release(
                self.owner_id, list(self._interrupted), now + LEASE_MARGIN_SECONDS
            )  # what is on its way arrives first
        except Trouble as error:
            log.warning("not handed back; the holds run out by themselves", why=error.sentence)

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        job = self._running.pop(task, "")
        if task.cancelled():
            self._interrupted.add(job)
        self._transitions.lease_ends.pop(job, None)
        self._transitions.wakeups[WORK_QUEUE].set()

    async def _run_job(self, job: Job) -> None:
        """Take a held job as far as it goes now."""
        leased: Job | None = job
        while leased and leased.owner == self.owner_id and not self._stopping.is_set():
            leased = await self._steps.step(leased) or await self._reload_if_changed(leased)
        if leased and leased.owner == self.owner_id:
            await self._transitions.move(leased, leased.evolve(due_at=self._clock.now()))

    async def _reload_if_changed(self, job: Job) -> Job | None:
        """Somebody changed the job under our hands; go on if it was left to us."""
        current = await self._jobs.get(job.id)
        return current if current and current.version != job.version else None

    async def _handle_unexpected(self, job: Job, error: Exception) -> None:
        """A disk that takes nothing is no fault of the job, which waits for it; all else is set aside."""
        if isinstance(error, OSError) and error.errno in DISK_FULL_ERRNOS:
            self._on_broken(
                Broken(f"The disk takes nothing more ({error.strerror}). Free some space; jobs go on then.")
            )
            return
        log.error("a step failed unexpectedly", job=job.id, exc_info=error)
        try:
            await self._retry_or_fail(job.id)
        except Trouble as trouble:  # it stays held, and is due again when the hold runs out
            log.warning("not set aside", job=job.id, why=trouble.sentence)

    async def _retry_or_fail(self, job: str) -> None:
        """Let go of a job whose step we cannot explain; after many times it ends with that as its reason."""
        current = await self._jobs.get(job)
        if current is None or current.owner != self.owner_id:
            return
        self._unexpected_errors[job] += 1
        if (
            self._unexpected_errors[job] > len(backoff.RETRY_DELAYS_SECONDS)
            and current.stage is not Stage.SUBMITTING
            and not current.deleting
        ):
            del self._unexpected_errors[job]
            await self._transitions.fail(
                current, f"Something went wrong that should not; it is logged under {current.id}."
            )
            return
        due = self._clock.now() + backoff.retry_delay(current.tries)
        await self._transitions.move(current, current.evolve(tries=current.tries + 1, due_at=due))

    async def _heartbeat_loop(self) -> None:
        pause = HEARTBEAT_SECONDS
        while True:
            await self._clock.sleep(pause)
            pause = HEARTBEAT_SECONDS if await self._renew_leases() else 1.0

    async def _renew_leases(self) -> bool:
        """Hold what is in hand for longer, and drop what somebody else holds by now; whether the store answered."""
        until = self._clock.now() + LEASE_SECONDS
        jobs = {*self.polled, *self._running.values()}
        try:
            renewed = await self._jobs.renew(self.owner_id, list(jobs), until)
        except Trouble as error:
            log.warning("holds not renewed", why=error.sentence)
            return False
        self._transitions.lease_ends |= dict.fromkeys(renewed.intersection(self._running.values()), until)
        self._cancel_jobs(jobs - renewed, "taken over or let go")
        return True

    async def _expiry_loop(self) -> None:
        """Cut off what may be somebody else's before we hear of it: two must never pay or post the same."""
        while True:
            await self._clock.sleep(LEASE_MARGIN_SECONDS / 2)
            margin_end = self._clock.now() + LEASE_MARGIN_SECONDS
            self._cancel_jobs(
                {job for job, until in self._transitions.lease_ends.items() if until < margin_end}, "hold may run out"
            )

    def _cancel_jobs(self, jobs: set[str], why: str) -> None:
        for task, job in list(self._running.items()):
            if job in jobs:
                log.warning("put down", job=job, why=why)
                task.cancel()
