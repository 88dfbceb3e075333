"""Letting go of a job: in the chat, on the shelf, at the studio, and its words here. Repeating it is harmless."""

import asyncio
from collections.abc import Mapping

import structlog

from bot.chats.chat import Chat
from bot.errors import Refused, TryAgain
from bot.jobs.job import Job, Jobs
from bot.requests.base import DeletedRequest
from bot.requests.media import Shelf
from bot.studios.studio import DeletesUploads, Studio

DELETION_TIMEOUT_SECONDS = 60.0  # seconds for a chat or a studio to let go; whoever hangs is asked again later

log = structlog.get_logger(__name__)


class JobDeletion:
    """Carries out a deletion that was recorded."""

    def __init__(self, jobs: Jobs, studios: Mapping[str, Studio], chats: Mapping[str, Chat], shelf: Shelf) -> None:
        self._jobs = jobs
        self._studios = studios
        self._chats = chats
        self._shelf = shelf

    async def delete_everywhere(self, job: Job) -> Job | None:
        """The job with nothing left to delete; None when somebody else moved it. What is away raises its trouble."""
        await delete_files(self._shelf, job)
        try:
            async with asyncio.timeout(DELETION_TIMEOUT_SECONDS):
                # Both are asked, whatever the other says: nobody's outage keeps what somebody else could delete.
                deletions = (self._delete_in_chat(job), self._delete_at_studio(job))
                chat, studio = await asyncio.gather(*deletions, return_exceptions=True)
        except TimeoutError as error:
            raise TryAgain("Not everybody answers; what is left is deleted later.") from error
        for each in (chat, studio):
            if isinstance(each, BaseException):
                raise each
        return await self._jobs.move(job, without_content(job).evolve(reason=studio))

    async def _delete_in_chat(self, job: Job) -> None:
        if chat := self._chats.get(job.place.platform):
            try:
                await chat.remove_messages(job)
            except Refused as refusal:  # the channel is gone, and the message with it
                log.info("chat keeps its message", job=job.id, why=refusal.sentence)

    async def _delete_at_studio(self, job: Job) -> str | None:
        """Why the studio keeps its copy, if it does for good."""
        if not job.ticket and not job.uploads:
            return None
        studio = self._studios.get(job.studio)
        if studio is None:
            raise TryAgain("The studio is not set up here any more; its key is needed again.", 600)
        kept_reason = None
        try:
            if job.ticket:
                await studio.delete(job)
        except Refused as refusal:
            log.info("studio keeps its copy", job=job.id, why=refusal.sentence)
            kept_reason = f"{studio.title} keeps its copy: {refusal.sentence}"
        await delete_uploads(studio, job)
        return kept_reason


async def delete_uploads(studio: Studio | None, job: Job) -> None:
    """Have the studio delete what it was sent for a job; what it will not delete dies there within days."""
    try:
        if job.uploads and isinstance(studio, DeletesUploads):
            await studio.delete_uploads(job)
    except Refused as refusal:
        log.info("studio keeps what it was sent", job=job.id, why=refusal.sentence)


async def delete_files(shelf: Shelf, job: Job) -> None:
    """Let go of a job's own files: what was made, what was fetched for it, and what was made of that."""
    for key in (job.stored_video.video, job.stored_video.captions) if job.stored_video else ():
        if key:
            await shelf.delete(key)
    await shelf.delete_all(job.marker)


def without_content(job: Job) -> Job:
    """The job without its words, links and files; what the ledger speaks of can still be told apart."""
    return job.evolve(
        request=DeletedRequest(),
        asker=job.asker.model_copy(update={"name": ""}),
        uploads={},
        result={},
        stored_video=None,
        card_text="",
        reason=None,
        trouble=None,
        other_studio=None,
        notes=(),
        asker_notified=True,
        deleting=False,
    )
