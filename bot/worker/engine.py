"""Takes jobs that are due from stage to stage. Waiting jobs are rows; only what is in hand is a task."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from bot.errors import Broken, Trouble
from bot.jobs.job import WORK_QUEUE
from bot.runtime.clock import monotonic_now, sleep_or_wake
from bot.runtime.shield import finish_shielded
from bot.runtime.wakeups import WAKE_ALL, job_in_signal
from bot.studios.studio import Studio
from bot.worker.poll import Poller
from bot.worker.slots import LEASE_SECONDS, WorkerSlots
from bot.worker.steps import Steps
from bot.worker.transitions import Transitions

log = structlog.get_logger(__name__)

MAX_IDLE_SECONDS = 30.0  # the longest sleep: the net under every bell
MIN_NUDGE_INTERVAL_SECONDS = 2.0  # seconds between two looks at one job that somebody called for
MAX_NUDGE_ENTRIES = 1000


class Engine:
    """Works through what is due; several may work on one store."""

    def __init__(
        self,
        transitions: Transitions,
        steps: Steps,
        studios: Mapping[str, Studio],
        *,
        slots: int = 32,
        on_broken: Callable[[Broken], None] | None = None,
    ) -> None:
        self._transitions = transitions
        self._jobs = transitions.jobs
        self._clock = transitions.clock
        self._stopping = asyncio.Event()
        self._on_broken = on_broken or (lambda error: log.error("broken", sentence=error.sentence))
        self._slots = WorkerSlots(transitions, steps, slots, self._stopping, self._on_broken)
        self._pollers = [Poller(each, transitions, self._slots) for each in studios.values()]
        self._last_nudge_at: dict[str, float] = {}  # when news of a job came last, by the steady clock

    async def run(self) -> None:
        """Work until stopped; what is in hand then is finished if we are left the time, and handed back if not."""
        try:
            await self._run_loops()
        finally:
            if self._stopping.is_set():
                await finish_shielded(self._slots.release_all())

    async def _run_loops(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            lease_tasks = self._slots.open(tasks)
            loops = [tasks.create_task(self._run_queue(WORK_QUEUE, self._claim_due_jobs))]
            loops += [tasks.create_task(self._run_queue(each.queue, self._poll_turn(each))) for each in self._pollers]
            await self._stopping.wait()
            await asyncio.wait(loops)
            await self._slots.drain()
            for each in lease_tasks:
                each.cancel()

    def stop(self) -> None:
        """Take nothing new on."""
        self._stopping.set()
        self._transitions.wake_all()

    @property
    def busy_slots(self) -> int:
        """How many jobs are being carried this moment."""
        return self._slots.busy

    def wake(self) -> None:
        """Something was asked: look now."""
        self._transitions.wakeups[WORK_QUEUE].set()

    def wake_all(self) -> None:
        """Dates have changed: look everywhere now."""
        self._transitions.wake_all()

    async def nudge(self, job: str) -> None:
        """Someone says that there is news of this job: look now. Whether it is true shows then."""
        if (seconds_left := self._nudge_wait(job)) > 0:
            # Said twice, or again and again by whoever learned the address: one more look, a little later.
            if await self._jobs.nudge(job, self._clock.now() + seconds_left):
                self._transitions.wake_all()
            elif job in self._slots.polled:
                self._transitions.nudged.add(job)
            return
        if await self._jobs.nudge(job, self._clock.now()):
            self._poll_now()
        else:
            self._mark_nudged(job)

    def on_wakeup(self, signal: str) -> None:
        """Another process asked for something, or was told of news: look now."""
        if job := job_in_signal(signal):
            self._mark_nudged(job)
            self._poll_now()
        elif signal == WORK_QUEUE:
            self.wake()
        elif signal == WAKE_ALL:
            self._transitions.wake_all()

    def _mark_nudged(self, job: str) -> None:
        if self._slots.has_job(job):
            self._transitions.nudged.add(job)

    def _poll_now(self) -> None:
        for poller in self._pollers:
            poller.nudged = True
        self._transitions.wake_all()

    def _nudge_wait(self, job: str) -> float:
        """For how long news of this job count as the same news."""
        now = monotonic_now(self._clock)
        if len(self._last_nudge_at) > MAX_NUDGE_ENTRIES:
            self._last_nudge_at = {
                each: at for each, at in self._last_nudge_at.items() if now - at < MIN_NUDGE_INTERVAL_SECONDS
            }
        seconds_left = self._last_nudge_at.get(job, float("-inf")) + MIN_NUDGE_INTERVAL_SECONDS - now
        if seconds_left <= 0:
            self._last_nudge_at[job] = now
        return seconds_left

    async def _run_queue(self, queue: str, run_turn: Callable[[], Awaitable[float]]) -> None:
        wakeup = self._transitions.wakeups[queue]
        while not self._stopping.is_set():
            try:
                pause = await run_turn()
            except Broken as error:
                self._on_broken(error)
                pause = 5.0
            except Trouble as error:
                log.warning("turn failed", queue=queue, why=error.sentence)
                pause = 5.0
            if not self._stopping.is_set():
                await sleep_or_wake(self._clock, wakeup, min(pause, MAX_IDLE_SECONDS))

    async def _claim_due_jobs(self) -> float:
        """Take what is due, as much as there are hands for; for how long nothing will be."""
        free = self._slots.free
        if free <= 0:
            return MAX_IDLE_SECONDS  # a hand that comes free rings the bell
        now = self._clock.now()
        claimed = await self._jobs.claim(WORK_QUEUE, self._slots.owner_id, now, now + LEASE_SECONDS, free)
        for job in claimed:
            self._slots.start_job(job)
        due = await self._jobs.next_due(WORK_QUEUE)
        return 0.0 if len(claimed) == free else MAX_IDLE_SECONDS if due is None else due - self._clock.now()

    def _poll_turn(self, poller: Poller) -> Callable[[], Awaitable[float]]:
        return lambda: poller.poll_due(self._slots.owner_id, self._clock.now() + LEASE_SECONDS)
