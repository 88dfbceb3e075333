"""Takes jobs that are due from stage to stage. Waiting jobs are rows; only a job that is worked on is a task."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.errors import Broken, Trouble
from bot.jobs.job import WORK_QUEUE, Jobs
from bot.runtime.clock import Clock, sleep_or_wake
from bot.runtime.shield import finish_shielded
from bot.runtime.wakeups import WAKE_ALL, QueueWakeups, job_in_signal
from bot.worker.leases import Leases
from bot.worker.poll import Poller
from bot.worker.slots import WorkerSlots

log = structlog.get_logger(__name__)

MAX_IDLE_SECONDS = 30.0  # a wake-up that got lost delays a job no longer than this
ERROR_PAUSE_SECONDS = 5.0
MIN_NUDGE_INTERVAL_SECONDS = 2.0  # between two polls of one job that somebody asked for
MAX_NUDGE_ENTRIES = 1000


class Engine:
    """Works through what is due; several may work on one store."""

    def __init__(
        self,
        jobs: Jobs,
        clock: Clock,
        wakeups: QueueWakeups,
        leases: Leases,
        slots: WorkerSlots,
        pollers: Sequence[Poller],
        on_broken: Callable[[Broken], None],
    ) -> None:
        self._jobs = jobs
        self._clock = clock
        self._wakeups = wakeups
        self._leases = leases
        self._slots = slots
        self._pollers = pollers
        self._on_broken = on_broken
        self._stopping = asyncio.Event()
        self._last_nudge_at: dict[str, float] = {}  # by job, by the monotonic clock

    async def run(self) -> None:
        """Work until stopped; jobs that are running then are finished if there is time, and released if not."""
        try:
            await self._run_loops()
        finally:
            if self._stopping.is_set():
                await finish_shielded(self._leases.release_all())

    async def _run_loops(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._slots.open(tasks)
            renewing = tasks.create_task(self._leases.run())
            loops = [tasks.create_task(self._run_queue(WORK_QUEUE, self._claim_due_jobs))]
            loops += [tasks.create_task(self._run_queue(each.queue, each.poll_due)) for each in self._pollers]
            await self._stopping.wait()
            await asyncio.wait(loops)
            await self._slots.drain()
            renewing.cancel()

    def stop(self) -> None:
        """Claim no more jobs."""
        self._stopping.set()
        self._slots.stop()
        self._wakeups.wake_all()

    @property
    def busy_slots(self) -> int:
        return self._slots.busy

    def wake(self) -> None:
        """A job was added."""
        self._wakeups.wake(WORK_QUEUE)

    def wake_all(self) -> None:
        """Due dates have changed."""
        self._wakeups.wake_all()

    async def nudge(self, job: str) -> None:
        """There may be news of this job: poll it now, or a little later when it was nudged a moment ago."""
        seconds_left = self._nudge_wait(job)
        if not await self._jobs.nudge(job, self._clock.now() + seconds_left):
            self._leases.mark_nudged(job)
        elif seconds_left:
            self._wakeups.wake_all()
        else:
            self._poll_now()

    def on_wakeup(self, signal: str) -> None:
        """Another process added a job, or nudged one."""
        if job := job_in_signal(signal):
            self._leases.mark_nudged(job)
            self._poll_now()
        elif signal == WORK_QUEUE:
            self.wake()
        elif signal == WAKE_ALL:
            self._wakeups.wake_all()

    def _poll_now(self) -> None:
        for poller in self._pollers:
            poller.nudged = True
        self._wakeups.wake_all()

    def _nudge_wait(self, job: str) -> float:
        """Seconds until this job may be nudged again; 0 starts a new interval."""
        now = self._clock.monotonic()
        if len(self._last_nudge_at) > MAX_NUDGE_ENTRIES:
            self._last_nudge_at = {
                each: at for each, at in self._last_nudge_at.items() if now - at < MIN_NUDGE_INTERVAL_SECONDS
            }
        seconds_left = self._last_nudge_at.get(job, float("-inf")) + MIN_NUDGE_INTERVAL_SECONDS - now
        if seconds_left <= 0:
            self._last_nudge_at[job] = now
        return max(0.0, seconds_left)

    async def _run_queue(self, queue: str, run_turn: Callable[[], Awaitable[float]]) -> None:
        while not self._stopping.is_set():
            try:
                pause = await run_turn()
            except Broken as error:
                self._on_broken(error)
                pause = ERROR_PAUSE_SECONDS
            except Trouble as error:
                log.warning("turn failed", queue=queue, why=error.sentence)
                pause = ERROR_PAUSE_SECONDS
            if not self._stopping.is_set():
                await sleep_or_wake(self._clock, self._wakeups.event(queue), min(pause, MAX_IDLE_SECONDS))

    async def _claim_due_jobs(self) -> float:
        """Start what is due, as far as there are free slots; the seconds until the next job is due."""
        free = self._slots.free
        if free <= 0:
            return MAX_IDLE_SECONDS  # a slot that becomes free wakes this loop
        claimed = await self._leases.claim(WORK_QUEUE, self._clock.now(), free)
        for job in claimed:
            self._slots.start_job(job)
        due = await self._jobs.next_due(WORK_QUEUE)
        return 0.0 if len(claimed) == free else MAX_IDLE_SECONDS if due is None else due - self._clock.now()
