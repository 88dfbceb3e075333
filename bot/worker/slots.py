"""What is in hand: held jobs are carried as far as they go, their holds are renewed, and at the end let go of."""

import asyncio
import errno
import os
import platform
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import Broken, Trouble
from bot.jobs.job import WORK, Job, Stage, new_id
from bot.runtime import backoff
from bot.worker.steps import Steps
from bot.worker.transitions import Moves

log = structlog.get_logger(__name__)

HOLD = 30.0  # how long a job is held without a sign of life before anyone may take it over
BEAT = HOLD / 3
SPARE = 5.0  # so long before a hold runs out, work under it is cut off: what is on its way must arrive by then
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})


class Hands:
    """So many jobs at once, each a task."""

    def __init__(
        self, moves: Moves, steps: Steps, most: int, stopping: asyncio.Event, broken: Callable[[Broken], None]
    ) -> None:
        self.me = f"{platform.node()}.{os.getpid()}.{new_id()}"  # whoever reads the store sees who holds what
        self.watched: set[str] = set()  # held too, while somebody looks at them at their studio
        self._moves = moves
        self._jobs = moves.jobs
        self._clock = moves.clock
        self._steps = steps
        self._most = most
        self._stopping = stopping
        self._broken = broken
        self._carried: dict[asyncio.Task[None], str] = {}
        self._cut: set[str] = set()  # what was cut off in the middle
        self._strange = Counter[str]()  # steps of a job that failed as none should, in this process
        self._tasks: asyncio.TaskGroup | None = None

    def open(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Carry from now on, as tasks of this group; what keeps the holds meanwhile."""
        self._tasks = tasks
        return [tasks.create_task(each) for each in (self._sign_of_life(), self._letting_go())]

    @property
    def busy(self) -> int:
        """How many jobs are being carried this moment."""
        return len(self._carried)

    @property
    def free(self) -> int:
        """How many more there is room for."""
        return self._most - len(self._carried)

    def has(self, job: str) -> bool:
        """Whether a job is at ours, carried or watched."""
        return job in self.watched or job in self._carried.values()

    async def empty(self) -> None:
        """Wait until what is carried is where it goes."""
        if self._carried:
            await asyncio.wait(list(self._carried))

    def take(self, job: Job) -> None:
        """Take a held job into one of our hands; what is in one already, for our hold had run out, stays there."""
        if self._tasks is None:
            return
        self._moves.holds[job.id] = job.due_at or self._clock.now() + HOLD
        if job.id in self._carried.values():  # two at once would find nothing posted, and post it both
            return
        task = self._tasks.create_task(self.safely(job, lambda: self._carry(job)))
        self._carried[task] = job.id
        task.add_done_callback(self._put_down)

    async def safely(self, job: Job, work: Callable[[], Awaitable[None]]) -> None:
        """Do something for one job; whatever comes of it, the others go on, and this one is taken up again later."""
        try:
            await work()
        except Broken as error:
            self._broken(error)
        except Exception as error:  # the edge of one job
            await self._stumbled(job, error)

    async def hand_back(self) -> None:
        """Let go of what we still hold, so that others need not wait until the hold runs out."""
        now = self._clock.now()
        try:
            await self._jobs.release(self.me, list(self.watched - self._cut), now)
            await self._jobs.release(self.me, list(self._cut), now + SPARE)  # what is on its way arrives first
        except Trouble as error:
            log.warning("not handed back; the holds run out by themselves", why=error.sentence)

    def _put_down(self, task: asyncio.Task[None]) -> None:
        job = self._carried.pop(task, "")
        if task.cancelled():
            self._cut.add(job)
        self._moves.holds.pop(job, None)
        self._moves.bells[WORK].set()

    async def _carry(self, job: Job) -> None:
        """Take a held job as far as it goes now."""
        held: Job | None = job
        while held and held.owner == self.me and not self._stopping.is_set():
            held = await self._steps.step(held) or await self._mine_still(held)
        if held and held.owner == self.me:
            await self._moves.move(held, held.but(due_at=self._clock.now()))

    async def _mine_still(self, job: Job) -> Job | None:
        """Somebody changed the job under our hands; go on if it was left to us."""
        fresh = await self._jobs.get(job.id)
        return fresh if fresh and fresh.version != job.version else None

    async def _stumbled(self, job: Job, error: Exception) -> None:
        """A disk that takes nothing is no fault of the job, which waits for it; all else is set aside."""
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            self._broken(Broken(f"The disk takes nothing more ({error.strerror}). Free some space; jobs go on then."))
            return
        log.error("a step failed unexpectedly", job=job.id, exc_info=error)
        try:
            await self._set_aside(job.id)
        except Trouble as trouble:  # it stays held, and is due again when the hold runs out
            log.warning("not set aside", job=job.id, why=trouble.sentence)

    async def _set_aside(self, job: str) -> None:
        """Let go of a job whose step we cannot explain; after many times it ends with that as its reason."""
        fresh = await self._jobs.get(job)
        if fresh is None or fresh.owner != self.me:
            return
        self._strange[job] += 1
        if self._strange[job] > len(backoff.TRIES) and fresh.stage is not Stage.SUBMITTING and not fresh.deleting:
            del self._strange[job]
            await self._moves.fail(fresh, f"Something went wrong that should not; it is logged under {fresh.id}.")
            return
        due = self._clock.now() + backoff.again(fresh.tries)
        await self._moves.move(fresh, fresh.but(tries=fresh.tries + 1, due_at=due))

    async def _sign_of_life(self) -> None:
        pause = BEAT
        while True:
            await self._clock.sleep(pause)
            pause = BEAT if await self._renew() else 1.0

    async def _renew(self) -> bool:
        """Hold what is in hand for longer, and drop what somebody else holds by now; whether the store answered."""
        until = self._clock.now() + HOLD
        jobs = {*self.watched, *self._carried.values()}
        try:
            kept = await self._jobs.renew(self.me, list(jobs), until)
        except Trouble as error:
            log.warning("holds not renewed", why=error.sentence)
            return False
        self._moves.holds |= dict.fromkeys(kept.intersection(self._carried.values()), until)
        self._drop(jobs - kept, "taken over or let go")
        return True

    async def _letting_go(self) -> None:
        """Cut off what may be somebody else's before we hear of it: two must never pay or post the same."""
        while True:
            await self._clock.sleep(SPARE / 2)
            soon = self._clock.now() + SPARE
            self._drop({job for job, until in self._moves.holds.items() if until < soon}, "hold may run out")

    def _drop(self, jobs: set[str], why: str) -> None:
        for task, job in list(self._carried.items()):
            if job in jobs:
                log.warning("put down", job=job, why=why)
                task.cancel()
