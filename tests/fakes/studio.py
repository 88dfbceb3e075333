"""A studio that records what it was asked, accepted and charged."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.errors import NotOffered, TryAgain, Unsure
from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.kinds import Translation
from bot.requests.media import FileLimits, MediaKind, PreparedFile
from bot.studios.studio import Accepted, Choice, Credit, Failed, Finished, Preview, Status, Waiting


class FakeStudio:
    """Accepts at once and finishes when told; each method can be made to fail for a number of calls."""

    def __init__(self, name: str = "did", title: str = "D-ID") -> None:
        self.name = name
        self.title = title
        self.calls: list[str] = []
        self.charged_markers: list[str] = []  # a marker for every job paid for
        self.tickets: dict[str, str] = {}  # marker → ticket, of everything accepted
        self.finished_tickets: set[str] = set()
        self.failures: dict[str, Failed] = {}
        self.deleted_tickets: list[str] = []
        self.unloaded_markers: list[str] = []  # a marker for every job whose files were let go of
        self.errors: dict[str, list[Exception]] = {}
        self.min_translation_seconds: float | None = None
        self.credit_left: float | None = None  # when set, else ten less what was charged
        self.lost_responses = 0  # so many answers are lost after acceptance
        self.finish_at_once = True
        self.submit_gate: asyncio.Event | None = None  # when set, submit waits here before accepting
        self.status_gate: asyncio.Event | None = None  # when set, look waits here
        self.recover_gate: asyncio.Event | None = None  # when set, find waits here before it answers
        self._count = itertools.count(1)

    def fail_next(self, method: str, *errors: Exception) -> None:
        """Let the next calls of a method raise these errors."""
        self.errors.setdefault(method, []).extend(errors)

    def _record_call(self, method: str) -> None:
        self.calls.append(method)
        if waiting := self.errors.get(method):
            raise waiting.pop(0)

    def check(self, request: Request) -> None:
        self._record_call("check")

    def preview(self, request: Request) -> Preview:
        return Preview()

    async def check_names(self, request: Request) -> None:
        pass

    def file_limits(self, request: Request) -> Mapping[str, FileLimits]:
        if isinstance(request, Translation) and self.min_translation_seconds:
            return {"video": FileLimits(MediaKind.VIDEO, 1, (), min_seconds=self.min_translation_seconds)}
        return {}

    async def prepare(self, job: Job, files: Mapping[str, PreparedFile]) -> dict[str, str]:
        self._record_call("prepare")
        return {"image": f"upload of {job.marker}"}

    async def delete_uploads(self, job: Job) -> None:
        self._record_call("unload")
        self.unloaded_markers.append(job.marker)

    async def submit(self, job: Job) -> Accepted:
        self._record_call("submit")
        if self.submit_gate:
            await self.submit_gate.wait()
        ticket = f"t{next(self._count)}"
        self.tickets[job.marker] = ticket
        self.charged_markers.append(job.marker)
        if self.finish_at_once:
            self.finished_tickets.add(ticket)
        if self.lost_responses:
            self.lost_responses -= 1
            raise Unsure("The answer was lost.")
        return Accepted(ticket, cost=1.0)

    async def recover(self, job: Job) -> str | None:
        self._record_call("find")
        if self.recover_gate:
            await self.recover_gate.wait()
        return self.tickets.get(job.marker)

    async def status_of(self, jobs: Sequence[Job]) -> Mapping[str, Status]:
        self._record_call("look")
        if self.status_gate:
            await self.status_gate.wait()
        return {job.id: self._status_of(job) for job in jobs}

    def _status_of(self, job: Job) -> Status:
        ticket = job.ticket or ""
        if ticket in self.failures:
            return self.failures[ticket]
        return (
            Finished(f"https://studio.invalid/{ticket}.mp4", seconds=3.0)
            if ticket in self.finished_tickets
            else Waiting("started")
        )

    async def fetch(self, job: Job, video: Path, captions: Path) -> bool:
        self._record_call("fetch")
        await asyncio.to_thread(video.write_bytes, b"a video of " + job.marker.encode())
        return False

    async def delete(self, job: Job) -> None:
        self._record_call("delete")
        if job.ticket not in self.finished_tickets:
            raise TryAgain("It is still being made.")
        self.deleted_tickets.append(job.ticket or "")

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        self._record_call("suggest")
        return [Choice("Sara", "Sara", "English")][:limit] if typed in "sara" else []

    async def credit(self) -> Credit:
        self._record_call("credit")
        left = 10 - len(self.charged_markers) if self.credit_left is None else self.credit_left
        return Credit(self.title, left, 10)


class RefusingStudio(FakeStudio):
    """A studio that refuses everything."""

    def __init__(self) -> None:
        super().__init__("heygen", "HeyGen")

    def check(self, request: Request) -> None:
        raise NotOffered("HeyGen has no --driver.", "driver")
