"""A studio on a bench: the real one, a server that behaves like its vendor, and a clock that is moved by hand."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import httpx

from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job, Stage, new_id
from bot.requests.kinds import Request, Talk
from bot.requests.media import Fitted, Kind, Media
from bot.studios.studio import Studio
from tests.fakes.clock import LeapingClock
from tests.fakes.vendor import Vendor

FACE = Media(kind=Kind.PICTURE, at="portrait:ada", name="ada.png")
FILM = Media(kind=Kind.VIDEO, at="shelf:v", name="talk.mp4")

V = TypeVar("V", bound=Vendor)
S = TypeVar("S", bound=Studio)


@dataclass
class StudioBench(Generic[V, S]):
    """All parts of one test."""

    sides: ClassVar[tuple[int | None, int | None]] = (None, None)  # of every picture

    server: V
    studio: S
    clock: LeapingClock
    client: httpx.AsyncClient
    folder: Path
    build: Callable[..., S] = field(repr=False)

    def job(self, request: Request | None = None, **facts: Any) -> Job:
        """A job asked for just now."""
        ident = new_id(self.clock.now())
        return Job.model_validate(
            {
                "id": ident,
                "group": ident,
                "request": request or Talk(script="Welcome aboard!", image=FACE),
                "studio": self.studio.name,
                "asker": Asker(platform="console", user="U1"),
                "place": Place(platform="console", channel="C1"),
                "asked_at": self.clock.now(),
            }
            | facts
        )

    def file(self, content: bytes = b"a face", kind: str = "png") -> Fitted:
        """A file that fits."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.folder / f"{digest[:8]}.{kind}"
        path.write_bytes(content)
        width, height = self.sides if kind == "png" else (None, None)
        return Fitted(path, kind, len(content), digest, width=width, height=height)

    def files(self, job: Job) -> dict[str, Fitted]:
        """What the engine would hand over for a job."""
        kinds = {Kind.PICTURE: "png", Kind.SOUND: "mp3", Kind.VIDEO: "mp4"}
        return {
            name: self.file(name.encode(), kinds[each.kind]) for name, each in self.studio.needs(job.request).items()
        }

    async def preparing(self, job: Job) -> dict[str, str]:
        """What the engine does before it submits."""
        return await self.studio.prepare(job, self.files(job))

    async def prepared(self, request: Request | None = None, **facts: Any) -> Job:
        """A job that is about to be submitted."""
        job = self.job(request, **facts)
        self.studio.check(job.request)
        uploads = await self.preparing(job)
        now = self.clock.now()
        return job.at(Stage.SUBMITTING, now, uploads=uploads, submitted_at=now, doubtful_at=now)

    async def submitted(self, request: Request | None = None, **facts: Any) -> Job:
        """A job at the studio."""
        job = await self.prepared(request, **facts)
        accepted = await self.studio.submit(job)
        return job.at(Stage.RENDERING, self.clock.now(), ticket=accepted.ticket, notes=accepted.notes)
