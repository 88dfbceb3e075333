"""One held job, one stage at a time: what is ours to do at each."""

import asyncio
from collections.abc import Mapping
from typing import assert_never

import structlog

from bot.chats.chat import Chat
from bot.errors import Broken, Refused, Trouble
from bot.jobs.job import Job, Stage
from bot.notices.notifier import Herald
from bot.requests.media import Shelf
from bot.studios.studio import SETTLE, Studio, studio_of
from bot.worker.deletion import Erasing, unload
from bot.worker.deliver import Delivering
from bot.worker.inputs import Gather
from bot.worker.submit import Submitting
from bot.worker.transitions import Moves

log = structlog.get_logger(__name__)

UNLOAD_MOST = 10.0  # seconds


class Steps:
    """Takes a held job one step on."""

    def __init__(
        self,
        moves: Moves,
        studios: Mapping[str, Studio],
        chats: Mapping[str, Chat],
        gather: Gather,
        shelf: Shelf,
        herald: Herald,
        settle: float = SETTLE,
    ) -> None:
        self._moves = moves
        self._clock = moves.clock
        self._studios = studios
        self._gather = gather
        self._herald = herald
        self._submitting = Submitting(moves, studios, settle)
        self._delivering = Delivering(moves, studios, chats, gather, shelf, herald)
        self._erasing = Erasing(moves.jobs, studios, chats, shelf)

    async def step(self, job: Job) -> Job | None:
        """The job one step on; None when somebody else moved it meanwhile."""
        try:
            return await self._at(job)
        except Broken:
            raise
        except Trouble as trouble:
            return await self._moves.stumble(job, trouble)

    async def _at(self, job: Job) -> Job | None:
        match job.stage:
            case Stage.ASKED:
                return await (self._prepare(job) if job.shown else self._greet(job))
            case Stage.PREPARED:
                return await self._submitting.submit(job)
            case Stage.SUBMITTING:
                return await self._submitting.find(job)
            case Stage.RENDERING:
                return None  # the watch's, not ours
            case Stage.MADE:
                return await self._delivering.keep(job)
            case Stage.KEPT:
                return await self._delivering.deliver(job)
            case Stage.DELIVERING:
                return await self._delivering.again(job)
            case Stage.DELIVERED | Stage.FAILED | Stage.CANCELLED:
                return await (self._erasing.erase(job) if job.deleting else self._tell(job))
            case _:
                assert_never(job.stage)

    async def _greet(self, job: Job) -> Job | None:
        """The card comes first, and its id must survive a crash so that there is only ever one."""
        return await self._moves.tell(job, job, hold=True)

    async def _prepare(self, job: Job) -> Job | None:
        studio = studio_of(self._studios, job)
        files = await self._gather.files(job, studio.needs(job.request))
        uploads = await studio.prepare(job, files)
        now = self._clock.now()
        return await self._moves.move(job, job.at(Stage.PREPARED, now, uploads=uploads, prepared_at=now), hold=True)

    async def _tell(self, job: Job) -> Job | None:
        """It ended without a video: say so where it was asked, and let the studio forget what nobody wants."""
        await self._herald.announce(job)
        shown = await self._moves.teller.insist(job)
        try:
            if job.stage is Stage.CANCELLED and job.ticket:
                await self._forget(job)
        except Broken:
            raise
        except Trouble as trouble:  # what was shown stands, and is not shown again
            return await self._moves.stumble(shown, trouble)
        moved = await self._moves.move(job, shown.but(told=True))
        if moved and not moved.deleting:
            await self._unload(moved)
        return moved

    async def _unload(self, job: Job) -> None:
        """Let the studio forget what it was sent, if it answers soon: the job has ended, and nobody waits for this."""
        try:
            async with asyncio.timeout(UNLOAD_MOST):
                await unload(self._studios.get(job.studio), job)
        except (Trouble, TimeoutError) as trouble:
            log.info("uploads left behind", job=job.id, why=str(trouble))

    async def _forget(self, job: Job) -> None:
        try:
            await studio_of(self._studios, job).delete(job)
        except Refused as refusal:
            log.info("studio keeps its copy", job=job.id, why=refusal.sentence)
