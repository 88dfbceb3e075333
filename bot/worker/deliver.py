"""The finished video is fetched and posted once; after a lost answer the post is looked up before any retry.

Invariant: `delivering` is written before the post, and only a proven absence is posted again.
"""

import asyncio
from collections.abc import Mapping

import structlog

from bot.chats.chat import Chat, VideoFiles, chat_for_job
from bot.errors import Broken, Refused, Trouble, TryAgain
from bot.jobs.job import Job, Stage
from bot.notices.notifier import Notifier
from bot.requests.media import Shelf, StoredVideo
from bot.runtime.clock import Clock
from bot.runtime.shield import finish_shielded
from bot.studios.studio import Studio, studio_of
from bot.wording.cards import job_card, video_file_name
from bot.worker.deletion import delete_uploads
from bot.worker.inputs import JobInputs
from bot.worker.job_cards import NOT_SHOWN_TEXT, JobCards
from bot.worker.leases import Leases
from bot.worker.transitions import Transitions

log = structlog.get_logger(__name__)

MAX_CARD_TRIES = 3  # then the video is posted without a card
UNLOAD_TIMEOUT_SECONDS = 10.0


class Deliverer:
    """Brings a video, or the news that there is none, to the person who asked."""

    def __init__(
        self,
        clock: Clock,
        leases: Leases,
        transitions: Transitions,
        job_cards: JobCards,
        studios: Mapping[str, Studio],
        chats: Mapping[str, Chat],
        inputs: JobInputs,
        shelf: Shelf,
        notifier: Notifier,
    ) -> None:
        self._clock = clock
        self._leases = leases
        self._transitions = transitions
        self._job_cards = job_cards
        self._studios = studios
        self._chats = chats
        self._inputs = inputs
        self._shelf = shelf
        self._notifier = notifier

    async def store_video(self, job: Job) -> Job | None:
        """Fetch the video, because studios delete theirs."""
        extension = video_file_name(job).rpartition(".")[2]
        video, captions = f"{job.marker}.{extension}", f"{job.marker}.srt"
        path = self._shelf.path_of(video)
        has_captions = await studio_of(self._studios, job).fetch(job, path, self._shelf.path_of(captions))
        stored = StoredVideo(
            video=video,
            captions=captions if has_captions else None,
            seconds=await self._inputs.duration(path) or _studio_duration(job),
            size=(await asyncio.to_thread(path.stat)).st_size,
        )
        kept = job.to_stage(Stage.KEPT, self._clock.now(), stored_video=stored)
        return await self._transitions.move(job, kept, keep_lease=True)

    async def start_delivery(self, job: Job) -> Job | None:
        chat_for_job(self._chats, job)  # raises when the chat is not connected
        job = await self._ensure_card(job)
        # Earlier tries still count, so that a chat that is down is called less and less often.
        begun = job.to_stage(Stage.DELIVERING, self._clock.now(), tries=job.tries)
        posting = await self._transitions.move(job, begun, keep_lease=True)
        if posting is None:
            return None
        try:
            return await self._post_video(posting)
        except Broken:
            raise
        except Trouble as trouble:
            return await self._transitions.handle_error(posting, trouble)

    async def _ensure_card(self, job: Job) -> Job:
        """Show the card if that failed before: the video is posted where the card is."""
        if job.card_text != NOT_SHOWN_TEXT or job.tries >= MAX_CARD_TRIES:
            return job
        try:
            return await self._job_cards.show_or_raise(job)
        except Refused as refusal:
            log.info("delivering without a card", job=job.id, why=refusal.sentence)
            return job

    async def resume_delivery(self, job: Job) -> Job | None:
        """After a crash or a lost answer while posting: look for the post first."""
        try:
            message = await chat_for_job(self._chats, job).find_delivery(job)
        except TryAgain as trouble:  # of the lookup, which says nothing about the post
            return await self._transitions.retry_later(job, trouble)
        if message:
            return await finish_shielded(self._record_delivery(job, message))
        return await self._post_video(job)

    async def _post_video(self, job: Job) -> Job | None:
        if job.stored_video is None:
            raise Refused("The finished video is no longer here.")
        video = self._shelf.path_of(job.stored_video.video)
        if not await asyncio.to_thread(video.exists):
            return await self._fetch_video_again(job)
        if not self._leases.is_safe(job):
            return await self._transitions.move(job, job.evolve(due_at=self._clock.now()))
        done = job.to_stage(Stage.DELIVERED, self._clock.now())
        captions = self._shelf.path_of(job.stored_video.captions) if job.stored_video.captions else None
        files = VideoFiles(video, video_file_name(job), captions)
        message = await chat_for_job(self._chats, job).deliver(job, job_card(done, self._clock.now()), files)
        return await finish_shielded(self._record_delivery(job, message))

    async def _fetch_video_again(self, job: Job) -> Job | None:
        """Another process may have stored it in a folder of its own; nothing was posted yet."""
        made = job.to_stage(Stage.MADE, self._clock.now(), stored_video=None)
        return await self._transitions.move(job, made, keep_lease=True)

    async def _record_delivery(self, job: Job, message: str) -> Job | None:
        done = job.to_stage(Stage.DELIVERED, self._clock.now(), video_message=message, asker_notified=True)
        await self._notifier.announce_job(done)  # before the lease ends: after a crash both are repeated
        return await self._transitions.move(job, done, self._transitions.ledger_entry(job, "delivered", job.cost))

    async def report_end(self, job: Job) -> Job | None:
        """It ended without a video: say so in the chat, and have the studio delete what nobody needs."""
        await self._notifier.announce_job(job)
        shown = await self._job_cards.show_or_raise(job)
        try:
            if job.stage is Stage.CANCELLED and job.ticket:
                await self._delete_at_studio(job)
        except Broken:
            raise
        except Trouble as trouble:  # the card is not shown again
            return await self._transitions.handle_error(shown, trouble)
        moved = await self._transitions.move(job, shown.evolve(asker_notified=True))
        if moved and not moved.deleting:
            await self._delete_uploads(moved)
        return moved

    async def _delete_at_studio(self, job: Job) -> None:
        try:
            await studio_of(self._studios, job).delete(job)
        except Refused as refusal:
            log.info("studio keeps its copy", job=job.id, why=refusal.sentence)

    async def _delete_uploads(self, job: Job) -> None:
        """Once, and only if the studio answers soon: the job has ended."""
        try:
            async with asyncio.timeout(UNLOAD_TIMEOUT_SECONDS):
                await delete_uploads(self._studios.get(job.studio), job)
        except (Trouble, TimeoutError) as trouble:
            log.info("uploads not deleted", job=job.id, why=str(trouble))


def _studio_duration(job: Job) -> float | None:
    return float(job.result["seconds"]) if "seconds" in job.result else None
