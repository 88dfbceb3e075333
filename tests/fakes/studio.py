"""A studio that keeps books: what it was asked, what it accepted, what it charged."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.errors import Refused, TryAgain, Unsure
from bot.jobs.job import Job
from bot.requests.kinds import Request
from bot.requests.media import Fitted, Limits
from bot.studios.studio import Accepted, Choice, Credit, Lost, Made, Sight, Waiting


class FakeStudio:
    """Accepts at once and finishes when told; each method can be made to fail for a number of calls."""

    def __init__(self, name: str = "did", title: str = "D-ID") -> None:
        self.name = name
        self.title = title
        self.calls: list[str] = []
        self.charged: list[str] = []  # a marker for every job paid for
        self.held: dict[str, str] = {}  # marker → ticket, of everything accepted
        self.done: set[str] = set()
        self.lost: dict[str, str] = {}
        self.deleted: list[str] = []
        self.unloaded: list[str] = []  # a marker for every job whose files were let go of
        self.faults: dict[str, list[Exception]] = {}
        self.credit_left: float | None = None  # when set, else ten less what was charged
        self.lose_answer = 0  # so many answers are lost after acceptance
        self.finish_at_once = True
        self.gate: asyncio.Event | None = None  # when set, submit waits here before accepting
        self.look_gate: asyncio.Event | None = None  # when set, look waits here
        self.blind: asyncio.Event | None = None  # when set, find waits here before it answers
        self._count = itertools.count(1)

    def fail(self, method: str, *errors: Exception) -> None:
        """The next calls of a method fail so."""
        self.faults.setdefault(method, []).extend(errors)

    def _called(self, method: str) -> None:
        self.calls.append(method)
        if waiting := self.faults.get(method):
            raise waiting.pop(0)

    def check(self, request: Request) -> None:
        self._called("check")

    def needs(self, request: Request) -> Mapping[str, Limits]:
        return {}

    async def prepare(self, job: Job, files: Mapping[str, Fitted]) -> dict[str, str]:
        self._called("prepare")
        return {"image": f"upload of {job.marker}"}

    async def unload(self, job: Job) -> None:
        self._called("unload")
        self.unloaded.append(job.marker)

    async def submit(self, job: Job) -> Accepted:
        self._called("submit")
        if self.gate:
            await self.gate.wait()
        ticket = f"t{next(self._count)}"
        self.held[job.marker] = ticket
        self.charged.append(job.marker)
        if self.finish_at_once:
            self.done.add(ticket)
        if self.lose_answer:
            self.lose_answer -= 1
            raise Unsure("The answer was lost.")
        return Accepted(ticket, cost=1.0)

    async def find(self, job: Job) -> str | None:
        self._called("find")
        if self.blind:
            await self.blind.wait()
        return self.held.get(job.marker)

    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Sight]:
        self._called("look")
        if self.look_gate:
            await self.look_gate.wait()
        return {job.id: self._sight(job) for job in jobs}

    def _sight(self, job: Job) -> Sight:
        ticket = job.ticket or ""
        if ticket in self.lost:
            return Lost(self.lost[ticket])
        return Made(f"https://studio.invalid/{ticket}.mp4", seconds=3.0) if ticket in self.done else Waiting("started")

    async def fetch(self, job: Job, video: Path, captions: Path) -> bool:
        self._called("fetch")
        await asyncio.to_thread(video.write_bytes, b"a video of " + job.marker.encode())
        return False

    async def delete(self, job: Job) -> None:
        self._called("delete")
        if job.ticket not in self.done:
            raise TryAgain("It is still being made.")
        self.deleted.append(job.ticket or "")

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        self._called("suggest")
        return [Choice("Sara", "Sara", "English")][:limit] if typed in "sara" else []

    async def credit(self) -> Credit:
        self._called("credit")
        left = 10 - len(self.charged) if self.credit_left is None else self.credit_left
        return Credit(self.title, left, 10)


class ChoosyStudio(FakeStudio):
    """Another studio, which makes nothing at all."""

    def __init__(self) -> None:
        super().__init__("heygen", "HeyGen")

    def check(self, request: Request) -> None:
        raise Refused("HeyGen has no --driver.", "driver")
