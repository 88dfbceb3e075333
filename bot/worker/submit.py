"""The paid call, made once: a job goes to its studio, and one in doubt is looked up before anything is repeated.

What must hold: `submitting` is written before the call, and only a proven absence is tried again. How long an absence
must last is measured by the steady clock of this process, because a clock that jumps would prove it at once, or never.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

import structlog

from bot.errors import Broken, Trouble, TryAgain, Unsure
from bot.jobs.job import Job, Stage
from bot.runtime import backoff
from bot.runtime.clock import steady
from bot.runtime.shield import finish
from bot.studios.studio import Accepted, Studio, studio_of, title_of
from bot.worker.transitions import OFTEN, Moves

log = structlog.get_logger(__name__)

DOUBT_MOST = 2 * 86400.0  # for how long a missing answer is looked for
AT_ONCE = 4  # paid calls under way at one studio: only so many jobs are ever in doubt after a crash; and looks for them
UPLOADS_LIVE = 20 * 3600.0  # studios keep uploads for a day at least


class Submitting:
    """Gets a prepared job to its studio."""

    def __init__(self, moves: Moves, studios: Mapping[str, Studio], settle: float) -> None:
        self._moves = moves
        self._clock = moves.clock
        self._studios = studios
        self._settle = settle
        self._doubted: dict[str, float] = {}  # since when we know of each doubt, by the steady clock
        self._turns = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(AT_ONCE))
        self._looking = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(AT_ONCE))

    async def submit(self, job: Job) -> Job | None:
        """Send it, unless what was uploaded for it may be gone by now."""
        now = self._clock.now()
        if now - (job.prepared_at or 0.0) > UPLOADS_LIVE:
            return await self._moves.move(job, job.at(Stage.ASKED, now), hold=True)
        async with self._turns[job.studio]:
            return await self._send(job, studio_of(self._studios, job))

    async def find(self, job: Job) -> Job | None:
        """After a crash or a lost answer: the ticket if there is one, once more if certainly not, else wait."""
        now = self._clock.now()
        self._unsettled(job)
        if job.doubtful_at is None:
            return await self._moves.move(job, job.but(doubtful_at=now), hold=True)
        if self._looking[job.studio].locked():  # who waits for a turn keeps no hand from those who could go on
            return await self._moves.move(job, job.but(due_at=now + 1.0))
        try:
            async with self._looking[job.studio]:
                ticket = await studio_of(self._studios, job).find(job)
        except Unsure as doubt:
            return await self._doubt(job, doubt)
        if ticket:
            return await finish(self._record(job, Accepted(ticket)))
        if (left := self._unsettled(job)) > 0:
            return await self._moves.move(job, job.but(due_at=now + min(left, 5.0), tries=job.tries + 1))
        free = job.but(submitted_at=None, doubtful_at=None)
        self._doubted.pop(job.id, None)
        stage = Stage.CANCELLED if job.cancelling else Stage.PREPARED
        return await self._moves.move(job, free.at(stage, now), hold=True)

    async def _send(self, job: Job, studio: Studio) -> Job | None:
        now = self._clock.now()
        # What was tried in vain before still counts, or a studio that is away would be asked every second.
        going = job.at(Stage.SUBMITTING, now, submitted_at=now, tries=job.tries)
        sending = await self._moves.move(job, going, hold=True)
        if sending is None:
            return None
        if not self._moves.surely(sending):  # certainly not sent: whoever has it next need not wait
            return await self._moves.move(sending, sending.at(Stage.PREPARED, now, submitted_at=None))
        try:
            accepted = await studio.submit(sending)
        except Broken:
            raise
        except Unsure as doubt:
            return await self._doubt(sending, doubt)
        except Trouble as trouble:  # certainly not accepted
            return await self._not_accepted(sending.but(submitted_at=None), trouble)
        return await finish(self._record(sending, accepted))

    async def _not_accepted(self, job: Job, trouble: Trouble) -> Job | None:
        if job.cancelling:
            return await self._moves.move(job, job.at(Stage.CANCELLED, self._clock.now()), hold=True)
        if isinstance(trouble, TryAgain):
            return await self._moves.later(job, trouble, Stage.PREPARED)
        return await self._moves.fail(job, trouble.sentence)

    async def _record(self, job: Job, accepted: Accepted) -> Job | None:
        """Write the ticket down whatever else became of the job meanwhile: it is paid for."""
        fresh: Job | None = job
        self._doubted.pop(job.id, None)
        while fresh is not None and fresh.ticket != accepted.ticket:  # who took it over may have found it already
            now = self._clock.now()
            stage = Stage.CANCELLED if fresh.cancelling or fresh.ended else Stage.RENDERING
            at_once = stage is Stage.CANCELLED or self._moves.hint(fresh)
            due = now if at_once else now + backoff.look(0, 0.0)
            notes = tuple(dict.fromkeys((*fresh.notes, *accepted.notes)))
            new = fresh.at(
                stage, now, due_at=due, ticket=accepted.ticket, notes=notes, cost=accepted.cost, doubtful_at=None
            )
            entry = self._moves.entry(fresh, "submitted", accepted.cost)
            if moved := await self._moves.move(fresh, new, entry):
                return moved
            fresh = await self._moves.jobs.get(job.id)
        return None

    def _unsettled(self, job: Job) -> float:
        """For how much longer a job that is absent may still appear."""
        now = steady(self._clock)
        return self._doubted.setdefault(job.id, now) + self._settle - now

    async def _doubt(self, job: Job, doubt: Trouble) -> Job | None:
        """The answer of a paid call is missing: from now on, look before anything else."""
        now = self._clock.now()
        since = job.doubtful_at or now
        left = self._unsettled(job)
        log.warning("answer missing", job=job.id, why=doubt.sentence)
        if now - since > DOUBT_MOST and job.tries > OFTEN:
            self._doubted.pop(job.id, None)
            studio = title_of(job.studio)
            return await self._moves.fail(job, f"{studio} never said whether it took this, so it was not asked again.")
        # A clock that was set back would leave a doubt in the future, where nothing ever settles.
        waiting = job.but(doubtful_at=min(since, now), tries=job.tries + 1)
        pause = backoff.again(job.tries + 1, age=now - job.asked_at)
        if left > 0:
            pause = min(pause, left)  # the first moment at which an absence proves anything
        return await self._moves.tell(job, waiting, after=pause)
