"""Takes jobs that are due from stage to stage. Waiting jobs are rows; only what is in hand is a task."""

import asyncio
import errno
import os
import platform
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

import structlog

from bot import backoff
from bot.bell import ANYTHING, subject
from bot.clock import rest, steady
from bot.errors import Broken, Trouble
from bot.finish import finish
from bot.jobs import WORK, Job, Stage, new_id
from bot.moves import Moves
from bot.steps import Steps
from bot.studio import Studio
from bot.watch import Watch

log = structlog.get_logger(__name__)

HOLD = 30.0  # how long a job is held without a sign of life before anyone may take it over
BEAT = HOLD / 3
SPARE = 5.0  # so long before a hold runs out, work under it is cut off: what is on its way must arrive by then
NAP = 30.0  # the longest sleep: the net under every bell
NUDGES_APART = 2.0  # seconds between two looks at one job that somebody called for
MANY_NUDGED = 1000
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO})


class Engine:
    """Works through what is due; several may work on one store."""

    def __init__(
        self,
        moves: Moves,
        steps: Steps,
        studios: Mapping[str, Studio],
        *,
        hands: int = 32,
        broken: Callable[[Broken], None] | None = None,
    ) -> None:
        self._moves = moves
        self._jobs = moves.jobs
        self._clock = moves.clock
        self._steps = steps
        self._me = f"{platform.node()}.{os.getpid()}.{new_id()}"  # whoever reads the store sees who holds what
        self._hands = hands
        self._held: set[str] = set()  # what we are at, watched jobs included
        self._strange = Counter[str]()  # steps of a job that failed as none should, in this process
        self._nudged: dict[str, float] = {}  # when news of a job came last, by the steady clock
        self._carried: dict[asyncio.Task[None], str] = {}
        self._cut: set[str] = set()  # what was cut off in the middle
        self._tasks: asyncio.TaskGroup | None = None
        self._watches = {each.name: Watch(each, moves, self._held, self._hand, self._free) for each in studios.values()}
        self._stopping = asyncio.Event()
        self._broken = broken or (lambda error: log.error("broken", sentence=error.sentence))

    async def run(self) -> None:
        """Work until stopped; what is in hand then is finished if we are left the time, and handed back if not."""
        try:
            await self._run()
        finally:
            if self._stopping.is_set():
                await finish(self._hand_back())

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as self._tasks:
            holding = [self._tasks.create_task(each) for each in (self._sign_of_life(), self._letting_go())]
            loops = [self._tasks.create_task(self._loop(WORK, self._work))]
            loops += [self._tasks.create_task(self._loop(each.queue, self._watch(each))) for each in self._watched()]
            await self._stopping.wait()
            await asyncio.wait(loops)
            if self._carried:
                await asyncio.wait(list(self._carried))
            for each in holding:
                each.cancel()

    def stop(self) -> None:
        """Take nothing new on."""
        self._stopping.set()
        self._moves.ring()

    @property
    def in_hand(self) -> int:
        """How many jobs are being carried this moment."""
        return len(self._carried)

    def _free(self) -> int:
        return self._hands - len(self._carried)

    def wake(self) -> None:
        """Something was asked: look now."""
        self._moves.bells[WORK].set()

    def ring(self) -> None:
        """Dates have changed: look everywhere now."""
        self._moves.ring()

    async def nudge(self, job: str) -> None:
        """Someone says that there is news of this job: look now. Whether it is true shows then."""
        if (left := self._too_soon(job)) > 0:
            # Said twice, or again and again by whoever learned the address: one more look, a little later.
            if await self._jobs.nudge(job, self._clock.now() + left):
                self._moves.ring()
            elif job in self._held:
                self._moves.hinted.add(job)
            return
        if await self._jobs.nudge(job, self._clock.now()):
            self._look_now()
        else:
            self._hint(job)

    def hear(self, word: str) -> None:
        """Another process asked for something, or was told of news: look now."""
        if job := subject(word):
            self._hint(job)
            self._look_now()
        elif word == WORK:
            self.wake()
        elif word == ANYTHING:
            self._moves.ring()

    def _hint(self, job: str) -> None:
        if job in self._held or job in self._carried.values():
            self._moves.hinted.add(job)

    def _look_now(self) -> None:
        for watch in self._watched():
            watch.news = True
        self._moves.ring()

    def _too_soon(self, job: str) -> float:
        """For how long news of this job count as the same news."""
        now = steady(self._clock)
        if len(self._nudged) > MANY_NUDGED:
            self._nudged = {each: at for each, at in self._nudged.items() if now - at < NUDGES_APART}
        left = self._nudged.get(job, float("-inf")) + NUDGES_APART - now
        if left <= 0:
            self._nudged[job] = now
        return left

    def _watched(self) -> list[Watch]:
        return list(self._watches.values())

    async def _loop(self, queue: str, turn: Callable[[], Awaitable[float]]) -> None:
        bell = self._moves.bells[queue]
        while not self._stopping.is_set():
            try:
                pause = await turn()
            except Broken as error:
                self._broken(error)
                pause = 5.0
            except Trouble as error:
                log.warning("turn failed", queue=queue, why=error.sentence)
                pause = 5.0
            if not self._stopping.is_set():
                await rest(self._clock, bell, min(pause, NAP))

    async def _work(self) -> float:
        """Take what is due, as much as there are hands for; for how long nothing will be."""
        free = self._free()
        if free <= 0:
            return NAP  # a hand that comes free rings the bell
        now = self._clock.now()
        claimed = await self._jobs.claim(WORK, self._me, now, now + HOLD, free)
        for job in claimed:
            self._hand(job)
        due = await self._jobs.next_due(WORK)
        return 0.0 if len(claimed) == free else NAP if due is None else due - self._clock.now()

    def _watch(self, watch: Watch) -> Callable[[], Awaitable[float]]:
        return lambda: watch.turn(self._me, self._clock.now() + HOLD)

    async def _sign_of_life(self) -> None:
        pause = BEAT
        while True:
            await self._clock.sleep(pause)
            pause = BEAT if await self._renew() else 1.0

    async def _renew(self) -> bool:
        """Hold what is in hand for longer, and drop what somebody else holds by now; whether the store answered."""
        until = self._clock.now() + HOLD
        jobs = {*self._held, *self._carried.values()}
        try:
            kept = await self._jobs.renew(self._me, list(jobs), until)
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

    def _hand(self, job: Job) -> None:
        """Take a held job into one of our hands."""
        if self._tasks:
            self._moves.holds[job.id] = job.due_at or self._clock.now() + HOLD
            task = self._tasks.create_task(self._carry(job))
            self._carried[task] = job.id
            task.add_done_callback(self._put_down)

    def _put_down(self, task: asyncio.Task[None]) -> None:
        job = self._carried.pop(task, "")
        if task.cancelled():
            self._cut.add(job)
        if job not in self._carried.values():
            self._moves.holds.pop(job, None)
        self._moves.bells[WORK].set()

    async def _carry(self, job: Job) -> None:
        """Take a held job as far as it goes now."""
        held: Job | None = job
        try:
            while held and held.owner == self._me and not self._stopping.is_set():
                held = await self._steps.step(held) or await self._mine_still(held)
            if held and held.owner == self._me:
                await self._moves.move(held, held.but(due_at=self._clock.now()))
        except Broken as error:
            self._broken(error)
        except Exception as error:  # the edge of one job: the others go on, and this one is taken up again later
            await self._stumbled(job, error)

    async def _hand_back(self) -> None:
        """Let go of what we still hold, so that others need not wait until the hold runs out."""
        now = self._clock.now()
        try:
            await self._jobs.release(self._me, list(self._held - self._cut), now)
            await self._jobs.release(self._me, list(self._cut), now + SPARE)  # what is on its way arrives first
        except Trouble as error:
            log.warning("not handed back; the holds run out by themselves", why=error.sentence)

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
        if fresh is None or fresh.owner != self._me:
            return
        self._strange[job] += 1
        if self._strange[job] > len(backoff.TRIES) and fresh.stage is not Stage.SUBMITTING and not fresh.deleting:
            del self._strange[job]
            await self._moves.fail(fresh, f"Something went wrong that should not; it is logged under {fresh.id}.")
            return
        due = self._clock.now() + backoff.again(fresh.tries)
        await self._moves.move(fresh, fresh.but(tries=fresh.tries + 1, due_at=due))
