"""The finished video comes here and is posted once; one whose post is in doubt is looked for before it is repeated.

What must hold: `delivering` is written before the post, and only a proven absence is posted again.
"""

import asyncio
from collections.abc import Mapping

import structlog

from bot.chats.chat import Chat, VideoFiles, chat_for_job
from bot.errors import Broken, Refused, Trouble, TryAgain
from bot.jobs.job import Job, Stage
from bot.notices.notifier import Notifier
from bot.requests.media import Shelf, StoredVideo
from bot.runtime.shield import finish_shielded
from bot.studios.studio import Studio, studio_of
from bot.wording.cards import job_card
from bot.wording.titles import video_file_name
from bot.worker.inputs import JobInputs
from bot.worker.job_cards import NOT_SHOWN_TEXT
from bot.worker.transitions import Transitions

log = structlog.get_logger(__name__)

MAX_CARD_TRIES = 3  # tries after which a video goes out without a card


class Deliverer:
    """Brings what was made to whoever asked for it."""

    def __init__(
        self,
        transitions: Transitions,
        studios: Mapping[str, Studio],
        chats: Mapping[str, Chat],
        inputs: JobInputs,
        shelf: Shelf,
        notifier: Notifier,
    ) -> None:
        self._transitions = transitions
        self._clock = transitions.clock
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
        return await self._transitions.move(
            job, job.to_stage(Stage.KEPT, self._clock.now(), stored_video=stored), keep_lease=True
        )

    async def start_delivery(self, job: Job) -> Job | None:
        """Begin to post it."""
        chat_for_job(self._chats, job)  # a chat that is not connected is no reason to begin
        job = await self._ensure_card(job)
        # The tries so far still count: a chat that is away is asked ever more rarely.
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
        """The job with its card, should the first have failed: the video goes where the card is."""
        if job.card_text != NOT_SHOWN_TEXT or job.tries >= MAX_CARD_TRIES:
            return job
        try:
            return await self._transitions.job_cards.show_or_raise(job)
        except Refused as refusal:
            log.info("goes without a card", job=job.id, why=refusal.sentence)
            return job

    async def resume_delivery(self, job: Job) -> Job | None:
        """After a crash or a lost answer while posting: look first."""
        try:
            message = await chat_for_job(self._chats, job).find_delivery(job)
        except TryAgain as trouble:  # of the look, which proves nothing of the post: look again before all else
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
        if not self._transitions.lease_is_safe(job):
            return await self._transitions.move(job, job.evolve(due_at=self._clock.now()))
        done = job.to_stage(Stage.DELIVERED, self._clock.now())
        captions = self._shelf.path_of(job.stored_video.captions) if job.stored_video.captions else None
        files = VideoFiles(video, video_file_name(job), captions)
        message = await chat_for_job(self._chats, job).deliver(job, job_card(done, self._clock.now()), files)
        return await finish_shielded(self._record_delivery(job, message))

    async def _fetch_video_again(self, job: Job) -> Job | None:
        """What another process fetched may lie on a shelf of its own; nothing was posted, so fetch it here."""
        return await self._transitions.move(
            job, job.to_stage(Stage.MADE, self._clock.now(), stored_video=None), keep_lease=True
        )

    async def _record_delivery(self, job: Job, message: str) -> Job | None:
        done = job.to_stage(Stage.DELIVERED, self._clock.now(), video_message=message, asker_notified=True)
        await self._notifier.announce_job(done)  # before it is let go: what is posted but not announced is found again
        return await self._transitions.move(job, done, self._transitions.ledger_entry(job, "delivered", job.cost))


def _studio_duration(job: Job) -> float | None:
    """The length as the studio gave it."""
    return float(job.result["seconds"]) if "seconds" in job.result else None
