"""Deletes jobs: in the chat, in the file store, at the studio, and their content here. Repeating it is harmless.

Old jobs lose their content too; what was paid stays in the ledger.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from bot.chats.chat import Chat
from bot.errors import Refused, Trouble, TryAgain
from bot.jobs.job import Job, Jobs
from bot.requests.base import DeletedRequest
from bot.requests.media import Shelf
from bot.runtime.clock import Clock
from bot.studios.studio import Studio

DELETION_TIMEOUT_SECONDS = 60.0  # for a chat or a studio; then it is tried again later
LIMIT_COUNTER_SECONDS = 3600.0  # no limit counts for longer without a new job
DELETE_BATCH_SIZE = 50

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class JobDeletion:
    """Carries out a deletion that was recorded."""

    jobs: Jobs
    studios: Mapping[str, Studio]
    chats: Mapping[str, Chat]
    shelf: Shelf

    async def delete_everywhere(self, job: Job) -> Job | None:
        """The job with nothing left to delete; None if it was moved meanwhile. Raises when a chat or studio is down."""
        await delete_files(self.shelf, job)
        try:
            async with asyncio.timeout(DELETION_TIMEOUT_SECONDS):
                # Both are tried: an outage of one must not keep what the other can delete.
                deletions = (self._delete_in_chat(job), self._delete_at_studio(job))
                chat, studio = await asyncio.gather(*deletions, return_exceptions=True)
        except TimeoutError as error:
            raise TryAgain("Deletion in progress; waiting for the provider.") from error
        for each in (chat, studio):
            if isinstance(each, BaseException):
                raise each
        return await self.jobs.move(job, without_content(job).evolve(reason=studio))

    async def _delete_in_chat(self, job: Job) -> None:
        if chat := self.chats.get(job.place.platform):
            try:
                await chat.remove_messages(job)
            except Refused as refusal:  # the channel is gone, with the message
                log.info("chat keeps its message", job=job.id, why=refusal.sentence)

    async def _delete_at_studio(self, job: Job) -> str | None:
        """Why the studio keeps its copy, if it refuses to delete it."""
        if not job.ticket and not job.uploads:
            return None
        studio = self.studios.get(job.studio)
        if studio is None:
            raise TryAgain("This provider is no longer set up; its API key is needed to delete the video there.", 600)
        kept_reason = await delete_copy(studio, job) if job.ticket else None
        await delete_uploads(studio, job)
        return kept_reason


async def delete_copy(studio: Studio, job: Job) -> str | None:
    """Delete the studio's video; the reason if it refuses."""
    try:
        await studio.delete(job)
    except Refused as refusal:
        log.info("studio keeps its copy", job=job.id, why=refusal.sentence)
        return f"{studio.title} keeps its copy: {refusal.sentence}"
    return None


async def delete_uploads(studio: Studio | None, job: Job) -> None:
    """Have the studio delete the uploads of a job; those it refuses to delete expire there within days."""
    try:
        if job.uploads and studio:
            await studio.delete_uploads(job)
    except Refused as refusal:
        log.info("studio keeps its uploads", job=job.id, why=refusal.sentence)


async def delete_files(shelf: Shelf, job: Job) -> None:
    """Delete a job's own files: the video, its inputs, and what was made of them."""
    for key in (job.stored_video.video, job.stored_video.captions) if job.stored_video else ():
        if key:
            await shelf.delete(key)
    await shelf.delete_all(job.marker)


def without_content(job: Job) -> Job:
    """The job without its text, links and files; its ledger entries still refer to it."""
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


async def delete_old_jobs(jobs: Jobs, shelf: Shelf, clock: Clock, days: float) -> None:
    """Delete the content of finished jobs older than that, in small batches."""
    while True:
        try:
            deleted = await delete_old_batch(jobs, shelf, clock.now() - days * 86400.0)
            await jobs.prune_counters(clock.now() - LIMIT_COUNTER_SECONDS)
        except Trouble as trouble:
            log.warning("old jobs not deleted", why=trouble.sentence)
            deleted = 0
        await clock.sleep(1.0 if deleted == DELETE_BATCH_SIZE else 3600.0)


async def delete_old_batch(jobs: Jobs, shelf: Shelf, before: float) -> int:
    """How many there were to delete."""
    old = await jobs.expired(before, DELETE_BATCH_SIZE)
    for job in old:
        await delete_files(shelf, job)
        await jobs.move(job, without_content(job))
    return len(old)
