"""Takes jobs that are due from stage to stage. Waiting jobs are rows; only a job that is worked on is a task."""

import asyncio
import errno
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import assert_never

import structlog

from bot.errors import Broken, Trouble
from bot.jobs.job import WORK_QUEUE, Job, Jobs, Stage
from bot.runtime.cache import TtlCache
from bot.runtime.clock import RETRY_DELAYS_SECONDS, Clock, retry_delay, sleep_or_wake
from bot.runtime.shield import finish_shielded
from bot.runtime.wakeups import WAKE_ALL, job_in_signal
from bot.worker.deletion import JobDeletion
from bot.worker.deliver import Deliverer
from bot.worker.leases import Leases
from bot.worker.submit import SubmitStep
from bot.worker.transitions import QueueWakeups, Transitions

log = structlog.get_logger(__name__)

DISK_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})
MAX_IDLE_SECONDS = 30.0  # a wake-up that got lost delays a job no longer than this
ERROR_PAUSE_SECONDS = 5.0
MIN_NUDGE_INTERVAL_SECONDS = 2.0  # between two polls of one job that somebody asked for


@dataclass(eq=False)
class WorkerSlots:
    """A bounded number of jobs at once, each a task that runs its job as far as it goes now.

    An error of one job stops neither the others nor the process.
    """

    jobs: Jobs
    clock: Clock
    leases: Leases
    transitions: Transitions
    submitter: SubmitStep
    deliverer: Deliverer
    deletion: JobDeletion
    wakeups: QueueWakeups
    on_broken: Callable[[Broken], None]
    max_jobs: int = 32

    def __post_init__(self) -> None:
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
        return self.max_jobs - len(self._running)

    async def drain(self) -> None:
        """Wait until no slot is busy."""
        if self._running:
            await asyncio.wait(list(self._running))

    def start_job(self, job: Job) -> None:
        """Run a held job; one that still runs here, because our lease had run out, is not started a second time."""
        if self._task_group is None or self.leases.is_running(job.id):
            return  # two at once would both find nothing posted, and both post it
        task = self._task_group.create_task(self.run_isolated(job, lambda: self._run_job(job)), name=job.id)
        self.leases.start(job, task)
        self._running.add(task)
        task.add_done_callback(self._on_task_done)

    async def run_isolated(self, job: Job, work: Callable[[], Awaitable[None]]) -> None:
        """Work on one job; after an error the others go on, and this one is tried again later."""
        try:
            await work()
        except Broken as error:
            self.on_broken(error)
        except Exception as error:  # the edge of one job
            await self._handle_unexpected(job, error)

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self.leases.drop(task.get_name(), interrupted=task.cancelled())
        self.wakeups.wake(WORK_QUEUE)

    async def _run_job(self, job: Job) -> None:
        leased: Job | None = job
        while leased and leased.owner == self.leases.owner_id and not self._stopping:
            leased = await self._step(leased) or await self._reload_if_changed(leased)
        if leased and leased.owner == self.leases.owner_id:
            await self.transitions.move(leased, leased.evolve(due_at=self.clock.now()))

    async def _reload_if_changed(self, job: Job) -> Job | None:
        current = await self.jobs.get(job.id)
        return current if current and current.version != job.version else None

    async def _step(self, job: Job) -> Job | None:
        """The job one step further; None when somebody else moved it meanwhile."""
        try:
            return await self._run_stage(job)
        except Broken:
            raise
        except Trouble as trouble:
            return await self.transitions.handle_error(job, trouble)

    async def _run_stage(self, job: Job) -> Job | None:
        match job.stage:
            case Stage.ASKED:
                if job.card_text:
                    return await self.submitter.prepare(job)
                # The card comes first, and its id must survive a crash so that there is only ever one.
                return await self.transitions.show_and_move(job, job, keep_lease=True)
            case Stage.PREPARED:
                return await self.submitter.submit(job)
            case Stage.SUBMITTING:
                return await self.submitter.recover(job)
            case Stage.RENDERING:
                return None  # for the poller
            case Stage.MADE:
                return await self.deliverer.store_video(job)
            case Stage.KEPT:
                return await self.deliverer.start_delivery(job)
            case Stage.DELIVERING:
                return await self.deliverer.resume_delivery(job)
            case Stage.DELIVERED | Stage.FAILED | Stage.CANCELLED:
                end = self.deletion.delete_everywhere if job.deleting else self.deliverer.report_end
                return await end(job)
            case _:
                assert_never(job.stage)

    async def _handle_unexpected(self, job: Job, error: Exception) -> None:
        """Jobs wait for a full disk, which is not their fault; any other error counts against the job."""
        if isinstance(error, OSError) and error.errno in DISK_FULL_ERRNOS:
            self.on_broken(
                Broken(f"The disk cannot be written ({error.strerror}). Free some space; jobs continue then.")
            )
            return
        log.error("a step failed unexpectedly", job=job.id, exc_info=error)
        try:
            await self._retry_or_fail(job.id)
        except Trouble as trouble:  # due again when the lease runs out
            log.warning("job not set aside", job=job.id, why=trouble.sentence)

    async def _retry_or_fail(self, job: str) -> None:
        current = await self.jobs.get(job)
        if current is None or current.owner != self.leases.owner_id:
            return
        self._unexpected_errors[job] += 1
        may_fail = current.stage is not Stage.SUBMITTING and not current.deleting
        if may_fail and self._unexpected_errors[job] > len(RETRY_DELAYS_SECONDS):
            del self._unexpected_errors[job]
            sentence = f"Something went wrong and no video was made. The server log has details under {current.id}."
            await self.transitions.fail(current, Trouble(sentence))
            return
        due = self.clock.now() + retry_delay(current.tries)
        await self.transitions.move(current, current.evolve(tries=current.tries + 1, due_at=due))


@dataclass(eq=False)
class Engine:
    """Works through what is due; several may work on one store."""

    jobs: Jobs
    clock: Clock
    wakeups: QueueWakeups
    leases: Leases
    slots: WorkerSlots
    pollers: dict[str, Callable[[], Awaitable[float]]]  # by queue: poll what is due, and say when to poll again
    on_broken: Callable[[Broken], None]

    def __post_init__(self) -> None:
        self._stopping = asyncio.Event()
        self._last_nudge_at = TtlCache[str, float](self.clock, MIN_NUDGE_INTERVAL_SECONDS)

    async def run(self) -> None:
        """Work until stopped; jobs that are running then are finished if there is time, and released if not."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self.slots.open(tasks)
                renewing = tasks.create_task(self.leases.keep())
                queues = {WORK_QUEUE: self._claim_due_jobs, **self.pollers}
                loops = [tasks.create_task(self._run_queue(queue, turn)) for queue, turn in queues.items()]
                await self._stopping.wait()
                await asyncio.wait(loops)
                await self.slots.drain()
                renewing.cancel()
        finally:
            if self._stopping.is_set():
                await finish_shielded(self.leases.release_all())

    def stop(self) -> None:
        """Claim no more jobs."""
        self._stopping.set()
        self.slots.stop()
        self.wakeups.wake_all()

    @property
    def busy_slots(self) -> int:
        return self.slots.busy

    def wake(self) -> None:
        """A job was added."""
        self.wakeups.wake(WORK_QUEUE)

    def wake_all(self) -> None:
        """Due dates have changed."""
        self.wakeups.wake_all()

    async def nudge(self, job: str) -> None:
        """There may be news of this job: poll it now, or a little later when it was nudged a moment ago."""
        seconds_left = self._nudge_wait(job)
        if not await self.jobs.nudge(job, self.clock.now() + seconds_left):
            self.leases.mark_nudged(job)
        elif seconds_left:
            self.wakeups.wake_all()
        else:
            self.wakeups.nudge_all()

    def on_wakeup(self, signal: str) -> None:
        """Another process added a job, or nudged one."""
        if job := job_in_signal(signal):
            self.leases.mark_nudged(job)
            self.wakeups.nudge_all()
        elif signal == WORK_QUEUE:
            self.wake()
        elif signal == WAKE_ALL:
            self.wake_all()

    def _nudge_wait(self, job: str) -> float:
        """Seconds until this job may be nudged again; 0 starts a new interval."""
        now = self.clock.monotonic()
        last = self._last_nudge_at.get(job)
        seconds_left = 0.0 if last is None else last + MIN_NUDGE_INTERVAL_SECONDS - now
        if seconds_left <= 0:
            self._last_nudge_at.put(job, now)
        return max(0.0, seconds_left)

    async def _run_queue(self, queue: str, run_turn: Callable[[], Awaitable[float]]) -> None:
        while not self._stopping.is_set():
            try:
                pause = await run_turn()
            except Broken as error:
                self.on_broken(error)
                pause = ERROR_PAUSE_SECONDS
            except Trouble as error:
                log.warning("turn failed", queue=queue, why=error.sentence)
                pause = ERROR_PAUSE_SECONDS
            if not self._stopping.is_set():
                await sleep_or_wake(self.clock, self.wakeups.events[queue], min(pause, MAX_IDLE_SECONDS))

    async def _claim_due_jobs(self) -> float:
        """Start what is due, as far as there are free slots; the seconds until the next job is due."""
        free = self.slots.free
        if free <= 0:
            return MAX_IDLE_SECONDS  # a slot that becomes free wakes this loop
        claimed = await self.leases.claim(WORK_QUEUE, self.clock.now(), free)
        for job in claimed:
            self.slots.start_job(job)
        due = await self.jobs.next_due(WORK_QUEUE)
        return 0.0 if len(claimed) == free else MAX_IDLE_SECONDS if due is None else due - self.clock.now()
