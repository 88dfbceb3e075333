"""Takes jobs that are due from stage to stage. Waiting jobs are rows; only what is in hand is a task."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from bot.errors import Broken, Trouble
from bot.jobs.job import WORK
from bot.runtime.clock import rest, steady
from bot.runtime.shield import finish
from bot.runtime.wakeups import ANYTHING, subject
from bot.studios.studio import Studio
from bot.worker.poll import Watch
from bot.worker.slots import HOLD, Hands
from bot.worker.steps import Steps
from bot.worker.transitions import Moves

log = structlog.get_logger(__name__)

NAP = 30.0  # the longest sleep: the net under every bell
NUDGES_APART = 2.0  # seconds between two looks at one job that somebody called for
MANY_NUDGED = 1000


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
        self._stopping = asyncio.Event()
        self._broken = broken or (lambda error: log.error("broken", sentence=error.sentence))
        self._hands = Hands(moves, steps, hands, self._stopping, self._broken)
        self._watches = [Watch(each, moves, self._hands) for each in studios.values()]
        self._nudged: dict[str, float] = {}  # when news of a job came last, by the steady clock

    async def run(self) -> None:
        """Work until stopped; what is in hand then is finished if we are left the time, and handed back if not."""
        try:
            await self._run()
        finally:
            if self._stopping.is_set():
                await finish(self._hands.hand_back())

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            holding = self._hands.open(tasks)
            loops = [tasks.create_task(self._loop(WORK, self._work))]
            loops += [tasks.create_task(self._loop(each.queue, self._watch(each))) for each in self._watches]
            await self._stopping.wait()
            await asyncio.wait(loops)
            await self._hands.empty()
            for each in holding:
                each.cancel()

    def stop(self) -> None:
        """Take nothing new on."""
        self._stopping.set()
        self._moves.ring()

    @property
    def in_hand(self) -> int:
        """How many jobs are being carried this moment."""
        return self._hands.busy

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
            elif job in self._hands.watched:
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
        if self._hands.has(job):
            self._moves.hinted.add(job)

    def _look_now(self) -> None:
        for watch in self._watches:
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
        free = self._hands.free
        if free <= 0:
            return NAP  # a hand that comes free rings the bell
        now = self._clock.now()
        claimed = await self._jobs.claim(WORK, self._hands.me, now, now + HOLD, free)
        for job in claimed:
            self._hands.take(job)
        due = await self._jobs.next_due(WORK)
        return 0.0 if len(claimed) == free else NAP if due is None else due - self._clock.now()

    def _watch(self, watch: Watch) -> Callable[[], Awaitable[float]]:
        return lambda: watch.turn(self._hands.me, self._clock.now() + HOLD)
