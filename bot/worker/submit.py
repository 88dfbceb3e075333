"""The paid call, made once: a job's files are prepared, it goes to its studio, and a lost answer is looked up first.

Invariant: `submitting` is written before the call, and only a proven absence is tried again. How long the job must be
absent is measured by the monotonic clock: one that jumps would prove it at once, or never.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.chats.chat import Chat, ChecksDelivery
from bot.errors import Broken, Refused, Trouble, TryAgain, Unsure
from bot.jobs.job import Job, Jobs, Stage
from bot.requests.base import studio_title
from bot.requests.media import FileFitter, FileLimits, LinkFetcher, Media, PreparedFile, Shelf
from bot.runtime.clock import Clock, poll_delay, retry_delay
from bot.runtime.shield import finish_shielded
from bot.studios.studio import Accepted, Studio
from bot.worker.leases import Leases
from bot.worker.transitions import GIVE_UP_TRIES, Transitions, studio_of

log = structlog.get_logger(__name__)

MAX_DOUBT_SECONDS = 2 * 86400.0  # then a job whose answer was lost is given up
MAX_CONCURRENT_CALLS = 4  # paid calls at one studio, and so the jobs in doubt after a crash; also their lookups
MAX_TEXT_FILE_BYTES = 400_000  # a storyboard's own limit counts characters
DOWNLOAD_SIZE_FACTOR = 4  # a phone's photo is often several times what fits, and shrinks
UPLOAD_REUSE_SECONDS = 20 * 3600.0  # studios keep uploads for a day at least


@dataclass(frozen=True)
class JobInputs:
    """Fetches and fits; the files it makes are stored under the job's marker."""

    shelf: Shelf
    fitter: FileFitter
    fetcher: LinkFetcher
    chats: Mapping[str, Chat]
    portraits: Mapping[str, Path]
    default_face: Media

    async def prepare_files(self, job: Job, needs: Mapping[str, FileLimits]) -> dict[str, PreparedFile]:
        """Each file that the studio needs, but no link that cannot be reached from here: the studio may reach it."""
        files: dict[str, PreparedFile] = {}
        for field, limits in needs.items():
            media = job.request.media.get(field) or self.default_face
            try:
                files[field] = await self._prepare_file(job, field, media, limits)
            except TryAgain as trouble:
                if media is self.default_face or media.scheme != "https":
                    raise
                log.info("link not reached", job=job.id, field=field, why=trouble.sentence)
        return files

    async def read_text(self, media: Media) -> str:
        """The text of a file from a chat."""
        to = self.shelf.path_of(f"dt-text-{secrets.token_hex(8)}")
        try:
            source = await self._fetch_media(media, to, "file", MAX_TEXT_FILE_BYTES)
            return await asyncio.to_thread(_decode_text, source, media.name)
        finally:
            await asyncio.to_thread(to.unlink, missing_ok=True)

    async def _prepare_file(self, job: Job, field: str, media: Media, limits: FileLimits) -> PreparedFile:
        to = self.shelf.path_of(f"{job.marker}-{field}")
        source = await self._fetch_media(media, to, field, limits.max_bytes * DOWNLOAD_SIZE_FACTOR)
        try:
            return await self.fitter.fit(source, limits, media.name or field)
        except Refused as refusal:
            raise Refused(refusal.sentence, field) from refusal

    async def _fetch_media(self, media: Media, to: Path, field: str, max_bytes: int) -> Path:
        """The path of the file, which is fetched to `to` unless we have it."""
        address = media.address.partition(":")[2]
        if media.scheme == "shelf":
            return self.shelf.path_of(address)
        if media.scheme == "portrait":
            return self._portrait_path(address, field)
        if media.scheme == "https":
            await self.fetcher.fetch(media.address, to, max_bytes)
        elif chat := self.chats.get(media.scheme):
            await chat.fetch_attachment(media, to, max_bytes)
        else:
            raise Refused(f"“{media.name or field}” is no longer available. Please attach it again.", field)
        return to

    def _portrait_path(self, name: str, field: str) -> Path:
        if path := self.portraits.get(name):
            return path
        names = " and ".join(sorted(self.portraits))
        raise Refused(f"No portrait is called “{name}”. didtalk comes with {names}.", field)


@dataclass(eq=False)
class SubmitStep:
    """Prepares a job and gets it to its studio."""

    jobs: Jobs
    clock: Clock
    leases: Leases
    transitions: Transitions
    studios: Mapping[str, Studio]
    inputs: JobInputs
    settle_seconds: float

    def __post_init__(self) -> None:
        self._doubted_since: dict[str, float] = {}  # by job, by the monotonic clock
        self._submit_slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(MAX_CONCURRENT_CALLS))
        self._recover_slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(MAX_CONCURRENT_CALLS))

    async def prepare(self, job: Job) -> Job | None:
        """Upload what the studio needs, unless the video could not be posted."""
        chat = self.inputs.chats.get(job.place.platform)
        if isinstance(chat, ChecksDelivery):
            await chat.check_can_deliver(job.place)
        studio = studio_of(self.studios, job)
        files = await self.inputs.prepare_files(job, studio.file_limits(job.request))
        uploads = await studio.prepare(job, files)
        now = self.clock.now()
        prepared = job.to_stage(Stage.PREPARED, now, uploads=uploads, prepared_at=now)
        return await self.transitions.move(job, prepared, keep_lease=True)

    async def submit(self, job: Job) -> Job | None:
        """Send it, unless its uploads may have expired."""
        now = self.clock.now()
        if now - (job.prepared_at or 0.0) > UPLOAD_REUSE_SECONDS:
            return await self.transitions.move(job, job.to_stage(Stage.ASKED, now), keep_lease=True)
        async with self._submit_slots[job.studio]:
            return await self._submit_once(job, studio_of(self.studios, job))

    async def recover(self, job: Job) -> Job | None:
        """After a crash or a lost answer: take its ticket if there is one, submit again if certainly not, else wait."""
        self._seconds_to_settle(job)
        if job.doubtful_at is None:
            return await self.transitions.move(job, job.evolve(doubtful_at=self.clock.now()), keep_lease=True)
        if self._recover_slots[job.studio].locked():  # do not block a slot
            return await self.transitions.move(job, job.evolve(due_at=self.clock.now() + 1.0))
        try:
            async with self._recover_slots[job.studio]:
                ticket = await studio_of(self.studios, job).recover(job)
        except Unsure as doubt:
            return await self._mark_in_doubt(job, doubt)
        if ticket:
            return await finish_shielded(self._record_ticket(job, Accepted(ticket)))
        if (left := self._seconds_to_settle(job)) > 0:
            due = self.clock.now() + min(left, 5.0)
            return await self.transitions.move(job, job.evolve(due_at=due, tries=job.tries + 1))
        free = job.evolve(submitted_at=None, doubtful_at=None)
        self._doubted_since.pop(job.id, None)
        stage = Stage.CANCELLED if job.cancelling else Stage.PREPARED
        return await self.transitions.move(job, free.to_stage(stage, self.clock.now()), keep_lease=True)

    async def _submit_once(self, job: Job, studio: Studio) -> Job | None:
        now = self.clock.now()
        # Earlier tries still count, or a studio that is down would be called every second.
        going = job.to_stage(Stage.SUBMITTING, now, submitted_at=now, tries=job.tries)
        sending = await self.transitions.move(job, going, keep_lease=True)
        if sending is None:
            return None
        if not self.leases.is_safe(sending):  # certainly not sent, so the next owner need not wait
            return await self.transitions.move(sending, sending.to_stage(Stage.PREPARED, now, submitted_at=None))
        try:
            accepted = await studio.submit(sending)
        except Broken:
            raise
        except Unsure as doubt:
            return await self._mark_in_doubt(sending, doubt)
        except Trouble as trouble:  # certainly not accepted
            return await self._not_accepted(sending.evolve(submitted_at=None), trouble)
        return await finish_shielded(self._record_ticket(sending, accepted))

    async def _not_accepted(self, job: Job, trouble: Trouble) -> Job | None:
        if job.cancelling:
            return await self.transitions.move(job, job.to_stage(Stage.CANCELLED, self.clock.now()), keep_lease=True)
        if isinstance(trouble, TryAgain):
            return await self.transitions.retry_later(job, trouble, Stage.PREPARED)
        return await self.transitions.fail(job, trouble)

    async def _record_ticket(self, job: Job, accepted: Accepted) -> Job | None:
        """Write the ticket down even if the job was moved meanwhile: it is paid for."""
        current: Job | None = job
        self._doubted_since.pop(job.id, None)
        while current is not None and current.ticket != accepted.ticket:  # a new owner may have found it already
            now = self.clock.now()
            stage = Stage.CANCELLED if current.cancelling or current.ended else Stage.RENDERING
            at_once = stage is Stage.CANCELLED or self.leases.take_nudge(current)
            due = now if at_once else now + poll_delay(0, 0.0)
            notes = tuple(dict.fromkeys((*current.notes, *accepted.notes)))
            new = current.to_stage(
                stage, now, due_at=due, ticket=accepted.ticket, notes=notes, cost=accepted.cost, doubtful_at=None
            )
            entry = self.transitions.ledger_entry(current, "submitted", accepted.cost)
            if moved := await self.transitions.move(current, new, entry):
                return moved
            current = await self.jobs.get(job.id)
        return None

    def _seconds_to_settle(self, job: Job) -> float:
        """How much longer a missing job may still appear."""
        now = self.clock.monotonic()
        return self._doubted_since.setdefault(job.id, now) + self.settle_seconds - now

    async def _mark_in_doubt(self, job: Job, doubt: Trouble) -> Job | None:
        """The answer of a paid call was lost: look the job up before anything else."""
        now = self.clock.now()
        since = job.doubtful_at or now
        left = self._seconds_to_settle(job)
        log.warning("answer lost", job=job.id, why=doubt.sentence)
        if now - since > MAX_DOUBT_SECONDS and job.tries > GIVE_UP_TRIES:
            self._doubted_since.pop(job.id, None)
            studio = studio_title(job.studio)
            why = f"{studio} never confirmed this request, so it was not sent again."
            return await self.transitions.fail(job, Unsure(why))
        # After a clock was set back, a time in the future would never settle.
        waiting = job.evolve(doubtful_at=min(since, now), tries=job.tries + 1)
        pause = retry_delay(job.tries + 1, age=now - job.asked_at)
        if left > 0:
            pause = min(pause, left)  # the first moment at which an absence proves anything
        return await self.transitions.show_and_move(job, waiting, after=pause)


def _decode_text(path: Path, name: str) -> str:
    if path.stat().st_size > MAX_TEXT_FILE_BYTES:
        raise Refused(
            f"“{name or 'The file'}” is too large. Text files can be up to {MAX_TEXT_FILE_BYTES // 1000} KB.", "file"
        )
    content = path.read_bytes()
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Refused(f"“{name or 'The file'}” is not a text file. Save it as plain text and send it again.", "file")
    if not text.strip():
        raise Refused(f"“{name or 'The file'}” is empty.", "file")
    return text
