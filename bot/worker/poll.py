"""Watches the jobs at one studio: looks at those that are due together, and hands on those that are finished."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import assert_never

import structlog

from bot.errors import Trouble, TryAgain
from bot.jobs.job import Job, Stage
from bot.runtime import backoff
from bot.runtime.clock import steady
from bot.studios.studio import Lost, Made, Sight, Studio, Waiting, title_of
from bot.worker.slots import Hands
from bot.worker.transitions import GIVE_UP, OFTEN, Moves, watch_queue

log = structlog.get_logger(__name__)

MOST = 1000  # jobs in one look
TOGETHER = 2.0  # when there are many, those due within this many seconds are looked at together
MANY = 5
TOLD_AFTER = 3  # looks that failed one after another, until whoever waits reads of it
AWAY_MOST = 60.0  # a studio that is away is asked this often at least: one look tells of all jobs
HINTED = 1.0  # seconds until another look at a job of which news came during one
SLICE = 50  # jobs seen to at once, so that whoever asks for something meanwhile gets a turn


class Watch:
    """The eye on one studio."""

    def __init__(self, studio: Studio, moves: Moves, hands: Hands) -> None:
        self.queue = watch_queue(studio.name)
        self._studio = studio
        self._moves = moves
        self._clock = moves.clock
        self._hands = hands
        self._room = 0  # how many hands there are for what is finished; the rest waits in the queue
        self._next = float("-inf")  # before this, by the steady clock, only news are worth a look
        self._many = False
        self._failed = 0  # looks, one after another
        self.news = False  # a hook came: look at once

    async def turn(self, owner: str, until: float) -> float:
        """Look at what is due; for how long nothing will be."""
        now = self._clock.now()
        news, self.news = self.news, False
        if (left := self._next - steady(self._clock)) > 0 and not news:
            return left
        due = now + TOGETHER if self._many and not news else now
        jobs = await self._moves.jobs.claim(self.queue, owner, due, until, MOST)
        if jobs:
            await self._look(jobs)
            self._many = len(jobs) >= MANY
            self._next = steady(self._clock) + 1.0 + len(jobs) / 50  # the more there are, the rarer each look
        following = await self._moves.jobs.next_due(self.queue)
        until_due = 3600.0 if following is None else following - self._clock.now()
        return max(until_due, self._next - steady(self._clock))

    async def _look(self, jobs: Sequence[Job]) -> None:
        ids = {job.id for job in jobs}
        self._hands.watched |= ids
        try:
            sights = await self._studio.look(jobs)
            self._failed = 0
            for some in (jobs[nth : nth + SLICE] for nth in range(0, len(jobs), SLICE)):
                self._room = self._hands.free
                async with asyncio.TaskGroup() as seeing:
                    for job in some:
                        see = partial(self._seen, job, sights.get(job.id, Waiting()))
                        seeing.create_task(self._hands.safely(job, see))
        except Trouble as trouble:
            log.warning("look failed", studio=self._studio.name, jobs=len(jobs), why=trouble.sentence)
            await self._put_back(jobs, trouble)
        except Exception:  # the edge of one studio: whatever it answered, the others are watched on
            log.exception("look failed unexpectedly", studio=self._studio.name, jobs=len(jobs))
            await self._put_back(jobs, TryAgain(f"{self._studio.title} could not be understood."))
        self._hands.watched -= ids  # cut off in the middle, they stay: the engine hands them back

    async def _put_back(self, jobs: Sequence[Job], trouble: Trouble) -> None:
        """A look that failed says nothing of the jobs; a studio that is away is asked ever more rarely."""
        self._failed += 1
        after = trouble.after if isinstance(trouble, TryAgain) else None
        async with asyncio.TaskGroup() as putting:
            for job in jobs:
                putting.create_task(self._hands.safely(job, partial(self._later, job, trouble.sentence, after)))

    async def _later(self, job: Job, why: str, after: float | None) -> None:
        """Put one back. How often it was looked at before says nothing of the studio: only failures in a row do."""
        put = job.but(tries=job.tries + 1, trouble=why)
        if self._failed >= TOLD_AFTER:
            put = await self._moves.teller.show(put)
        pause = max(after or 0.0, min(AWAY_MOST, backoff.again(self._failed - 1)))
        await self._moves.move(job, put.but(due_at=self._clock.now() + pause))

    async def _seen(self, job: Job, sight: Sight) -> None:
        match sight:
            case Made():
                moved = await self._made(job, sight)
            case Lost():
                moved = await self._moves.fail(job, sight.sentence)
            case Waiting():
                moved = await self._wait_on(job)
            case _:
                assert_never(sight)
        if moved and moved.owner:
            self._hands.take(moved)

    async def _made(self, job: Job, sight: Made) -> Job | None:
        now = self._clock.now()
        facts = {"video": sight.video, "captions": sight.captions, "seconds": sight.seconds}
        result = {name: str(fact) for name, fact in facts.items() if fact is not None}
        made = job.at(Stage.MADE, now, result=result, made_at=now)
        self._room -= 1
        return await self._moves.move(job, made, self._moves.entry(job, "made", job.cost), hold=self._room >= 0)

    async def _wait_on(self, job: Job) -> Job | None:
        now = self._clock.now()
        age = now - (job.submitted_at or now)
        if age > GIVE_UP and job.tries > OFTEN:
            return await self._moves.fail(job, f"{title_of(job.studio)} did not finish this within a week.")
        pause = backoff.look(job.tries, age)
        if self._moves.hint(job):
            pause = min(pause, HINTED)
        return await self._moves.tell(job, job.but(tries=job.tries + 1, trouble=None), after=pause)
