"""The store, the studio and the chat as one process sees them: through its gates."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.chats.chat import VideoFiles
from bot.errors import Refused, TryAgain, Unsure
from bot.jobs.job import Asker, Job, JobFilter, Jobs, LedgerEntry, Place, Stage
from bot.jobs.limits import Limit
from bot.requests.base import Request
from bot.requests.media import FileLimits, Media, PreparedFile
from bot.studios.studio import Accepted, Choice, Credit, Failed, Finished, Preview, Status, Waiting
from bot.wording.cards import Card
from tests.fakes.clock import ManualClock
from tests.model.call_gates import GatedProcess

GATEWAY_SECONDS = 29.0  # for so long a paid call may still be on its way when its caller has gone
CLIENT_TIMEOUT_SECONDS = 60.0  # after this our own client gives a call up …
CARD_TIMEOUT_SECONDS = 30.0  # … and after this a card


class GatedJobs:
    """Jobs in a store that several processes share."""

    def __init__(self, jobs: Jobs, process: GatedProcess) -> None:
        self._jobs = jobs
        self._process = process

    async def add(self, jobs: Sequence[Job], limits: Sequence[Limit] = ()) -> list[Job]:
        return await self._process.run_write("add", self._jobs.add(jobs, limits))

    async def check_limits(self, asker: Asker, place: Place, now: float, limits: Sequence[Limit]) -> None:
        await self._jobs.check_limits(asker, place, now, limits)

    async def claim(self, queue: str, owner: str, now: float, until: float, limit: int) -> list[Job]:
        return await self._process.run_write("claim", self._jobs.claim(queue, owner, now, until, limit))

    async def renew(self, owner: str, jobs: Sequence[str], until: float) -> set[str]:
        return await self._process.run_write("renew", self._jobs.renew(owner, jobs, until))

    async def release(self, owner: str, jobs: Sequence[str], due: float) -> None:
        await self._process.run_write("release", self._jobs.release(owner, jobs, due))

    async def move(
        self, old: Job, new: Job, entry: LedgerEntry | None = None, *, keep_lease: bool = False
    ) -> Job | None:
        return await self._process.run_write(
            f"move to {new.stage}", self._jobs.move(old, new, entry, keep_lease=keep_lease)
        )

    async def nudge(self, job: str, now: float) -> bool:
        return await self._process.run_write("nudge", self._jobs.nudge(job, now))

    async def get(self, job: str) -> Job | None:
        return await self._jobs.get(job)

    async def next_due(self, queue: str) -> float | None:
        return await self._jobs.next_due(queue)

    async def list_jobs(self, job_filter: JobFilter) -> list[Job]:
        return await self._jobs.list_jobs(job_filter)

    async def expired(self, before: float, limit: int) -> list[Job]:
        return await self._jobs.expired(before, limit)

    async def recent_durations(self, studio: str, kind: str, size: float, limit: int = 20) -> list[float]:
        return await self._jobs.recent_durations(studio, kind, size, limit)

    async def delete_workspace(self, platform: str, workspace: str, before: float) -> None:
        await self._process.run_write("forget", self._jobs.delete_workspace(platform, workspace, before))

    async def upload_in_use(self, studio: str, upload: str) -> bool:
        return await self._jobs.upload_in_use(studio, upload)

    async def prune_counters(self, before: float) -> None:
        await self._process.run_write("forget turns", self._jobs.prune_counters(before))

    async def ledger_of(self, job: str) -> list[LedgerEntry]:
        return await self._jobs.ledger_of(job)


@dataclass
class StudioLedger:
    """What the studio knows: all that was charged, and calls that may still arrive though nobody waits for them."""

    clock: ManualClock
    charged: list[str] = field(default_factory=list)
    tickets: dict[str, str] = field(default_factory=dict)
    finished_well: dict[str, bool] = field(default_factory=dict)
    deleted_tickets: list[str] = field(default_factory=list)
    calls_in_flight: list[tuple[float, str]] = field(default_factory=list)

    def charge_job(self, marker: str) -> str:
        """Take a job on."""
        ticket = f"t{len(self.charged) + 1}"
        self.charged.append(marker)
        self.tickets[marker] = ticket
        return ticket

    def leave_in_flight(self, marker: str) -> None:
        """A call that nobody waits for any more."""
        self.calls_in_flight.append((self.clock.now() + GATEWAY_SECONDS, marker))

    def settle_in_flight(self, until: float, arrives: bool) -> None:
        """Until that moment calls on their way arrive, or are lost."""
        for late in [each for each in self.calls_in_flight if each[0] <= until]:
            self.calls_in_flight.remove(late)
            if arrives:
                self.charge_job(late[1])


class GatedStudio:
    """A studio without an idempotency key, over a line that loses things."""

    name, title = "did", "D-ID"

    def __init__(self, ledger: StudioLedger, process: GatedProcess) -> None:
        self._ledger = ledger
        self._process = process

    def check(self, request: Request) -> None:
        """Anything goes."""

    def preview(self, request: Request) -> Preview:
        return Preview()

    async def check_names(self, request: Request) -> None:
        pass

    def file_limits(self, request: Request) -> Mapping[str, FileLimits]:
        return {}

    async def prepare(self, job: Job, files: Mapping[str, PreparedFile]) -> dict[str, str]:
        if await self._process.wait_at_gate("prepare", "well", "busy") == "busy":
            raise TryAgain("Busy.")
        return {}

    async def submit(self, job: Job) -> Accepted:
        sent = self._ledger.clock.now()
        ends = ("well", "lost", "late", "busy", "refused", "answer lost")
        end = await self._process.wait_at_gate(
            "submit", *ends, on_death=lambda: self._ledger.leave_in_flight(job.marker)
        )
        now = self._ledger.clock.now()
        if end == "late" and now - sent <= GATEWAY_SECONDS:
            self._ledger.calls_in_flight.append((sent + GATEWAY_SECONDS, job.marker))
        if end in ("lost", "late") or now - sent > GATEWAY_SECONDS:
            raise Unsure("No answer.")
        if end == "busy":
            raise TryAgain("Busy.")
        if end == "refused":
            raise Refused("No.")
        ticket = self._ledger.charge_job(job.marker)
        await self._process.wait_at_gate("submit, answered")
        if end == "answer lost" or self._ledger.clock.now() - sent > CLIENT_TIMEOUT_SECONDS:
            raise Unsure("No answer.")
        return Accepted(ticket, cost=1.0)

    async def recover(self, job: Job) -> str | None:
        if await self._process.wait_at_gate("find at the studio", "well", "unsure") == "unsure":
            raise Unsure("No answer.")
        found = self._ledger.tickets.get(job.marker)
        await self._process.wait_at_gate("find at the studio, answered")
        return found

    async def status_of(self, jobs: Sequence[Job]) -> Mapping[str, Status]:
        if await self._process.wait_at_gate("look", "well", "busy") == "busy":
            raise TryAgain("Busy.")
        seen = {job.id: self._status_of(job.ticket or "") for job in jobs}
        await self._process.wait_at_gate("look, answered")
        return seen

    def _status_of(self, ticket: str) -> Status:
        match self._ledger.finished_well.get(ticket):
            case True:
                return Finished(f"https://studio.invalid/{ticket}.mp4", seconds=3.0)
            case False:
                return Failed("It was rejected.")
            case None:
                return Waiting()

    async def fetch(self, job: Job, video: Path, captions: Path) -> bool:
        if await self._process.wait_at_gate("fetch", "well", "busy") == "busy":
            raise TryAgain("Busy.")
        await asyncio.to_thread(video.write_bytes, job.marker.encode())
        return False

    async def delete(self, job: Job) -> None:
        if await self._process.wait_at_gate("delete at the studio", "well", "busy") == "busy":
            raise TryAgain("Busy.")
        if job.ticket not in self._ledger.finished_well:
            raise TryAgain("Still at work.")
        self._ledger.deleted_tickets.append(job.ticket)

    async def delete_uploads(self, job: Job) -> None:
        pass

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        return []

    async def credit(self) -> Credit:
        return Credit(self.title, 10.0)


@dataclass
class ChatState:
    """What people can see."""

    card_stages: dict[str, list[Stage]] = field(default_factory=lambda: defaultdict(list))
    posted_jobs: list[str] = field(default_factory=list)
    removed_jobs: set[str] = field(default_factory=set)


class GatedChat:
    """A chat, over a line that loses things."""

    name = "test"
    draws_time = True

    def __init__(self, state: ChatState, clock: ManualClock, process: GatedProcess) -> None:
        self._state = state
        self._clock = clock
        self._process = process

    async def show_card(self, job: Job, card: Card) -> str:
        sent = self._clock.now()
        if (
            await self._process.wait_at_gate("show", "well", "busy") == "busy"
            or self._clock.now() - sent > CARD_TIMEOUT_SECONDS
        ):
            raise TryAgain("Busy.")
        self._state.card_stages[job.id].append(job.stage)
        await self._process.wait_at_gate("show, answered")
        return f"card of {job.id}"

    async def deliver(self, job: Job, card: Card, files: VideoFiles) -> str:
        match await self._process.wait_at_gate("deliver", "well", "lost", "busy", "answer lost"):
            case "lost":
                raise Unsure("No answer.")
            case "busy":
                raise TryAgain("Busy.")
            case end:
                self._state.posted_jobs.append(job.id)
        await self._process.wait_at_gate("deliver, answered")
        if end == "answer lost":
            raise Unsure("No answer.")
        return f"video of {job.id}"

    async def find_delivery(self, job: Job) -> str | None:
        if await self._process.wait_at_gate("find in the chat", "well", "unsure") == "unsure":
            raise Unsure("No answer.")
        found = f"video of {job.id}" if job.id in self._state.posted_jobs else None
        await self._process.wait_at_gate("find in the chat, answered")
        return found

    async def fetch_attachment(self, media: Media, to: Path, max_bytes: int) -> None:
        raise NotImplementedError

    async def remove_messages(self, job: Job) -> None:
        await self._process.wait_at_gate("remove")
        self._state.removed_jobs.add(job.id)
