"""The store, the studio and the chat as one process sees them: through its gates."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.chats.chat import Parcel
from bot.errors import Refused, TryAgain, Unsure
from bot.jobs.job import Entry, Job, Jobs, Stage, Wanted
from bot.jobs.limits import Cap
from bot.requests.kinds import Request
from bot.requests.media import Fitted, Limits, Media
from bot.studios.studio import Accepted, Choice, Credit, Lost, Made, Sight, Waiting
from bot.wording.cards import Card
from tests.fakes.clock import HandClock
from tests.model.gates import Process

GATEWAY = 29.0  # for so long a paid call may still be on its way when its caller has gone
PATIENCE = 60.0  # after this our own client gives a call up …
CARD_PATIENCE = 30.0  # … and after this a card


class GatedJobs:
    """Jobs in a store that several processes share."""

    def __init__(self, jobs: Jobs, process: Process) -> None:
        self._jobs = jobs
        self._process = process

    async def add(self, jobs: Sequence[Job], caps: Sequence[Cap] = ()) -> list[Job]:
        return await self._process.write("add", self._jobs.add(jobs, caps))

    async def claim(self, queue: str, owner: str, now: float, until: float, limit: int) -> list[Job]:
        return await self._process.write("claim", self._jobs.claim(queue, owner, now, until, limit))

    async def renew(self, owner: str, jobs: Sequence[str], until: float) -> set[str]:
        return await self._process.write("renew", self._jobs.renew(owner, jobs, until))

    async def release(self, owner: str, jobs: Sequence[str], due: float) -> None:
        await self._process.write("release", self._jobs.release(owner, jobs, due))

    async def move(self, old: Job, new: Job, entry: Entry | None = None, *, hold: bool = False) -> Job | None:
        return await self._process.write(f"move to {new.stage}", self._jobs.move(old, new, entry, hold=hold))

    async def nudge(self, job: str, now: float) -> bool:
        return await self._process.write("nudge", self._jobs.nudge(job, now))

    async def get(self, job: str) -> Job | None:
        return await self._jobs.get(job)

    async def next_due(self, queue: str) -> float | None:
        return await self._jobs.next_due(queue)

    async def pick(self, wanted: Wanted) -> list[Job]:
        return await self._jobs.pick(wanted)

    async def old(self, before: float, limit: int) -> list[Job]:
        return await self._jobs.old(before, limit)

    async def took(self, studio: str, kind: str, size: float, limit: int = 20) -> list[float]:
        return await self._jobs.took(studio, kind, size, limit)

    async def forget(self, platform: str, workspace: str, before: float) -> None:
        await self._process.write("forget", self._jobs.forget(platform, workspace, before))

    async def in_use(self, studio: str, upload: str) -> bool:
        return await self._jobs.in_use(studio, upload)

    async def forget_turns(self, before: float) -> None:
        await self._process.write("forget turns", self._jobs.forget_turns(before))

    async def ledger(self, job: str) -> list[Entry]:
        return await self._jobs.ledger(job)


@dataclass
class Books:
    """What the studio knows: all that was charged, and calls that may still arrive though nobody waits for them."""

    clock: HandClock
    charged: list[str] = field(default_factory=list)
    tickets: dict[str, str] = field(default_factory=dict)
    ended: dict[str, bool] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    flying: list[tuple[float, str]] = field(default_factory=list)

    def charge(self, marker: str) -> str:
        """Take a job on."""
        ticket = f"t{len(self.charged) + 1}"
        self.charged.append(marker)
        self.tickets[marker] = ticket
        return ticket

    def fly(self, marker: str) -> None:
        """A call that nobody waits for any more."""
        self.flying.append((self.clock.now() + GATEWAY, marker))

    def pass_by(self, until: float, arrives: bool) -> None:
        """Until that moment calls on their way arrive, or are lost."""
        for late in [each for each in self.flying if each[0] <= until]:
            self.flying.remove(late)
            if arrives:
                self.charge(late[1])


class GatedStudio:
    """A studio without an idempotency key, over a line that loses things."""

    name, title = "did", "D-ID"

    def __init__(self, books: Books, process: Process) -> None:
        self._books = books
        self._process = process

    def check(self, request: Request) -> None:
        """Anything goes."""

    def needs(self, request: Request) -> Mapping[str, Limits]:
        return {}

    async def prepare(self, job: Job, files: Mapping[str, Fitted]) -> dict[str, str]:
        if await self._process.at("prepare", "well", "busy") == "busy":
            raise TryAgain("Busy.")
        return {}

    async def submit(self, job: Job) -> Accepted:
        sent = self._books.clock.now()
        ends = ("well", "lost", "late", "busy", "refused", "answer lost")
        end = await self._process.at("submit", *ends, gone=lambda: self._books.fly(job.marker))
        now = self._books.clock.now()
        if end == "late" and now - sent <= GATEWAY:
            self._books.flying.append((sent + GATEWAY, job.marker))
        if end in ("lost", "late") or now - sent > GATEWAY:
            raise Unsure("No answer.")
        if end == "busy":
            raise TryAgain("Busy.")
        if end == "refused":
            raise Refused("No.")
        ticket = self._books.charge(job.marker)
        await self._process.at("submit, answered")
        if end == "answer lost" or self._books.clock.now() - sent > PATIENCE:
            raise Unsure("No answer.")
        return Accepted(ticket, cost=1.0)

    async def find(self, job: Job) -> str | None:
        if await self._process.at("find at the studio", "well", "unsure") == "unsure":
            raise Unsure("No answer.")
        found = self._books.tickets.get(job.marker)
        await self._process.at("find at the studio, answered")
        return found

    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Sight]:
        if await self._process.at("look", "well", "busy") == "busy":
            raise TryAgain("Busy.")
        seen = {job.id: self._sight(job.ticket or "") for job in jobs}
        await self._process.at("look, answered")
        return seen

    def _sight(self, ticket: str) -> Sight:
        match self._books.ended.get(ticket):
            case True:
                return Made(f"https://studio.invalid/{ticket}.mp4", seconds=3.0)
            case False:
                return Lost("It was rejected.")
            case None:
                return Waiting()

    async def fetch(self, job: Job, video: Path, captions: Path) -> bool:
        if await self._process.at("fetch", "well", "busy") == "busy":
            raise TryAgain("Busy.")
        await asyncio.to_thread(video.write_bytes, job.marker.encode())
        return False

    async def delete(self, job: Job) -> None:
        if await self._process.at("delete at the studio", "well", "busy") == "busy":
            raise TryAgain("Busy.")
        if job.ticket not in self._books.ended:
            raise TryAgain("Still at work.")
        self._books.deleted.append(job.ticket)

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        return []

    async def credit(self) -> Credit:
        return Credit(self.title, 10.0)


@dataclass
class Wall:
    """What people can see."""

    said: dict[str, list[Stage]] = field(default_factory=lambda: defaultdict(list))
    posted: list[str] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)


class GatedChat:
    """A chat, over a line that loses things."""

    name = "test"

    def __init__(self, wall: Wall, clock: HandClock, process: Process) -> None:
        self._wall = wall
        self._clock = clock
        self._process = process

    async def show(self, job: Job, card: Card) -> str:
        sent = self._clock.now()
        if await self._process.at("show", "well", "busy") == "busy" or self._clock.now() - sent > CARD_PATIENCE:
            raise TryAgain("Busy.")
        self._wall.said[job.id].append(job.stage)
        await self._process.at("show, answered")
        return f"card of {job.id}"

    async def deliver(self, job: Job, card: Card, parcel: Parcel) -> str:
        match await self._process.at("deliver", "well", "lost", "busy", "answer lost"):
            case "lost":
                raise Unsure("No answer.")
            case "busy":
                raise TryAgain("Busy.")
            case end:
                self._wall.posted.append(job.id)
        await self._process.at("deliver, answered")
        if end == "answer lost":
            raise Unsure("No answer.")
        return f"video of {job.id}"

    async def find(self, job: Job) -> str | None:
        if await self._process.at("find in the chat", "well", "unsure") == "unsure":
            raise Unsure("No answer.")
        found = f"video of {job.id}" if job.id in self._wall.posted else None
        await self._process.at("find in the chat, answered")
        return found

    async def fetch(self, media: Media, to: Path, most: int) -> None:
        raise NotImplementedError

    async def remove(self, job: Job) -> None:
        await self._process.at("remove")
        self._wall.removed.add(job.id)
