"""The finished video is fetched and posted once; after a lost answer the post is looked up before any retry.

Invariant: `delivering` is written before the post, and only a proven absence is posted again.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bot.chats.chat import Chat, VideoFiles
from bot.errors import Broken, Refused, Trouble, TryAgain
from bot.jobs.job import Job, Stage
from bot.notices.notifier import Notifier
from bot.notices.subscriptions import Notice, Subscriptions, Topic, filter_matches
from bot.requests.media import FileFitter, Shelf, StoredVideo
from bot.runtime.clock import Clock
from bot.runtime.shield import finish_shielded
from bot.studios.studio import Studio
from bot.wording.cards import job_card, video_file_name
from bot.worker.deletion import delete_copy, delete_uploads
from bot.worker.leases import Leases
from bot.worker.transitions import NOT_SHOWN_TEXT, JobCards, Transitions, studio_of

log = structlog.get_logger(__name__)

MAX_CARD_TRIES = 3  # then the video is posted without a card
UNLOAD_TIMEOUT_SECONDS = 10.0
_TOPIC_BY_STAGE: Mapping[Stage, Topic] = {Stage.DELIVERED: "done", Stage.FAILED: "failed"}


@dataclass(frozen=True)
class Deliverer:
    """Brings a video, or the news that there is none, to the person who asked."""

    clock: Clock
    leases: Leases
    transitions: Transitions
    job_cards: JobCards
    studios: Mapping[str, Studio]
    chats: Mapping[str, Chat]
    fitter: FileFitter
    shelf: Shelf
    subscriptions: Subscriptions
    notifier: Notifier
    min_translation_seconds: float

    async def store_video(self, job: Job) -> Job | None:
        """Fetch the video, because studios delete theirs."""
        extension = video_file_name(job).rpartition(".")[2]
        video, captions = f"{job.marker}.{extension}", f"{job.marker}.srt"
        path = self.shelf.path_of(video)
        has_captions = await studio_of(self.studios, job).fetch(job, path, self.shelf.path_of(captions))
        reported = job.result.get("seconds")
        stored = StoredVideo(
            video=video,
            captions=captions if has_captions else None,
            seconds=await self.fitter.duration(path) or (float(reported) if reported else None),
            size=(await asyncio.to_thread(path.stat)).st_size,
        )
        translatable = stored.seconds is None or stored.seconds >= self.min_translation_seconds
        kept = job.to_stage(Stage.KEPT, self.clock.now(), stored_video=stored, translatable=translatable)
        return await self.transitions.move(job, kept, keep_lease=True)

    async def start_delivery(self, job: Job) -> Job | None:
        self._chat_of(job)
        job = await self._ensure_card(job)
        # Earlier tries still count, so that a chat that is down is called less and less often.
        begun = job.to_stage(Stage.DELIVERING, self.clock.now(), tries=job.tries)
        posting = await self.transitions.move(job, begun, keep_lease=True)
        if posting is None:
            return None
        try:
            return await self._post_video(posting)
        except Broken:
            raise
        except Trouble as trouble:
            return await self.transitions.handle_error(posting, trouble)

    def _chat_of(self, job: Job) -> Chat:
        if chat := self.chats.get(job.place.platform):
            return chat
        raise TryAgain(f"{job.place.platform} is not connected at the moment.", 60)

    async def _ensure_card(self, job: Job) -> Job:
        """Show the card if that failed before: the video is posted where the card is."""
        if job.card_text != NOT_SHOWN_TEXT or job.tries >= MAX_CARD_TRIES:
            return job
        try:
            return await self.job_cards.show_or_raise(job)
        except Refused as refusal:
            log.info("delivering without a card", job=job.id, why=refusal.sentence)
            return job

    async def resume_delivery(self, job: Job) -> Job | None:
        """After a crash or a lost answer while posting: look for the post first."""
        try:
            message = await self._chat_of(job).find_delivery(job)
        except TryAgain as trouble:  # of the lookup, which says nothing about the post
            return await self.transitions.retry_later(job, trouble)
        if message:
            return await finish_shielded(self._record_delivery(job, message))
        return await self._post_video(job)

    async def _post_video(self, job: Job) -> Job | None:
        if job.stored_video is None:
            raise Refused("The finished video is no longer here.")
        video = self.shelf.path_of(job.stored_video.video)
        if not await asyncio.to_thread(video.exists):
            # Another process may have stored it in a folder of its own; nothing was posted yet.
            made = job.to_stage(Stage.MADE, self.clock.now(), stored_video=None)
            return await self.transitions.move(job, made, keep_lease=True)
        if not self.leases.is_safe(job):
            return await self.transitions.move(job, job.evolve(due_at=self.clock.now()))
        done = job.to_stage(Stage.DELIVERED, self.clock.now())
        captions = self.shelf.path_of(job.stored_video.captions) if job.stored_video.captions else None
        files = VideoFiles(video, video_file_name(job), captions)
        message = await self._chat_of(job).deliver(job, job_card(done, self.clock.now()), files)
        return await finish_shielded(self._record_delivery(job, message))

    async def _record_delivery(self, job: Job, message: str) -> Job | None:
        done = job.to_stage(Stage.DELIVERED, self.clock.now(), video_message=message, asker_notified=True)
        await self._announce(done)  # before the lease ends: after a crash both are repeated
        return await self.transitions.move(job, done, self.transitions.ledger_entry(job, "delivered", job.cost))

    async def report_end(self, job: Job) -> Job | None:
        """It ended without a video: say so in the chat, and have the studio delete what nobody needs."""
        await self._announce(job)
        shown = await self.job_cards.show_or_raise(job)
        try:
            if job.stage is Stage.CANCELLED and job.ticket:
                await delete_copy(studio_of(self.studios, job), job)
        except Broken:
            raise
        except Trouble as trouble:  # the card is not shown again
            return await self.transitions.handle_error(shown, trouble)
        moved = await self.transitions.move(job, shown.evolve(asker_notified=True))
        if moved and not moved.deleting:
            try:  # once, and only if the studio answers soon: the job has ended
                async with asyncio.timeout(UNLOAD_TIMEOUT_SECONDS):
                    await delete_uploads(self.studios.get(job.studio), moved)
            except (Trouble, TimeoutError) as trouble:
                log.info("uploads not deleted", job=job.id, why=str(trouble))
        return moved

    async def _announce(self, job: Job) -> None:
        """Store a notice for every subscribed channel, once: a repeated notice has the same key."""
        self.notifier.job_ended.set()
        topic, place = _TOPIC_BY_STAGE.get(job.stage), job.place
        if topic is None or place.private or place.invite_only:
            return
        facts = {"job": job.id, "job_place": place, "video_message": job.video_message}
        notices = [
            Notice.from_subscription(each, f"job:{job.id}:{each.place.key}", self.clock.now(), **facts)
            for each in await self.subscriptions.list_active(topic, place.platform, place.workspace)
            if each.place.key != place.key and filter_matches(each.filter, job.asker)
        ]
        if notices:
            await self.subscriptions.add_notices(notices)
            self.notifier.wakeup.set()
