"""One held job, one stage at a time: what is ours to do at each."""

import asyncio
from collections.abc import Mapping
from typing import assert_never

import structlog

from bot.chats.chat import Chat
from bot.errors import Broken, Refused, Trouble
from bot.jobs.job import Job, Stage
from bot.notices.notifier import Notifier
from bot.requests.media import Shelf
from bot.studios.studio import SETTLE_SECONDS, Studio, studio_of
from bot.worker.deletion import JobDeletion, delete_uploads
from bot.worker.deliver import Deliverer
from bot.worker.inputs import JobInputs
from bot.worker.submit import SubmitStep
from bot.worker.transitions import Transitions

log = structlog.get_logger(__name__)

UNLOAD_TIMEOUT_SECONDS = 10.0  # seconds


class Steps:
    """Takes a held job one step on."""

    def __init__(
        self,
        transitions: Transitions,
        studios: Mapping[str, Studio],
        chats: Mapping[str, Chat],
        inputs: JobInputs,
        shelf: Shelf,
        notifier: Notifier,
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        self._transitions = transitions
        self._clock = transitions.clock
        self._studios = studios
        self._inputs = inputs
        self._notifier = notifier
        self._submit_step = SubmitStep(transitions, studios, settle_seconds)
        self._deliver_step = Deliverer(transitions, studios, chats, inputs, shelf, notifier)
        self._deletion = JobDeletion(transitions.jobs, studios, chats, shelf)

    async def step(self, job: Job) -> Job | None:
        """The job one step on; None when somebody else moved it meanwhile."""
        try:
            return await self._run_stage(job)
        except Broken:
            raise
        except Trouble as trouble:
            return await self._transitions.handle_error(job, trouble)

    async def _run_stage(self, job: Job) -> Job | None:
        match job.stage:
            case Stage.ASKED:
                return await (self._prepare(job) if job.card_text else self._show_first_card(job))
            case Stage.PREPARED:
                return await self._submit_step.submit(job)
            case Stage.SUBMITTING:
                return await self._submit_step.recover(job)
            case Stage.RENDERING:
                return None  # the watch's, not ours
            case Stage.MADE:
                return await self._deliver_step.store_video(job)
            case Stage.KEPT:
                return await self._deliver_step.start_delivery(job)
            case Stage.DELIVERING:
                return await self._deliver_step.resume_delivery(job)
            case Stage.DELIVERED | Stage.FAILED | Stage.CANCELLED:
                return await (self._deletion.delete_everywhere(job) if job.deleting else self._report_end(job))
            case _:
                assert_never(job.stage)

    async def _show_first_card(self, job: Job) -> Job | None:
        """The card comes first, and its id must survive a crash so that there is only ever one."""
        return await self._transitions.show_and_move(job, job, keep_lease=True)

    async def _prepare(self, job: Job) -> Job | None:
        studio = studio_of(self._studios, job)
        files = await self._inputs.prepare_files(job, studio.file_limits(job.request))
        uploads = await studio.prepare(job, files)
        now = self._clock.now()
        return await self._transitions.move(
            job, job.to_stage(Stage.PREPARED, now, uploads=uploads, prepared_at=now), keep_lease=True
        )

    async def _report_end(self, job: Job) -> Job | None:
        """It ended without a video: say so where it was asked, and let the studio forget what nobody wants."""
        await self._notifier.announce_job(job)
        shown = await self._transitions.job_cards.show_or_raise(job)
        try:
            if job.stage is Stage.CANCELLED and job.ticket:
                await self._delete_at_studio(job)
        except Broken:
            raise
        except Trouble as trouble:  # what was shown stands, and is not shown again
            return await self._transitions.handle_error(shown, trouble)
        moved = await self._transitions.move(job, shown.evolve(asker_notified=True))
        if moved and not moved.deleting:
            await self._delete_uploads(moved)
        return moved

    async def _delete_uploads(self, job: Job) -> None:
        """Let the studio forget what it was sent, if it answers soon: the job has ended, and nobody waits for this."""
        try:
            async with asyncio.timeout(UNLOAD_TIMEOUT_SECONDS):
                await delete_uploads(self._studios.get(job.studio), job)
        except (Trouble, TimeoutError) as trouble:
            log.info("uploads left behind", job=job.id, why=str(trouble))

    async def _delete_at_studio(self, job: Job) -> None:
        try:
            await studio_of(self._studios, job).delete(job)
        except Refused as refusal:
            log.info("studio keeps its copy", job=job.id, why=refusal.sentence)
