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
from bot.requests.media import Media, MediaKind, PreparedFile
from bot.studios.studio import Studio
from tests.fakes.clock import AutoAdvanceClock
from tests.fakes.vendors.vendor_server import FakeVendor

FACE = Media(kind=MediaKind.PICTURE, address="portrait:ada", name="ada.png")
FILM = Media(kind=MediaKind.VIDEO, address="shelf:v", name="talk.mp4")

V = TypeVar("V", bound=FakeVendor)
S = TypeVar("S", bound=Studio)


@dataclass
class StudioHarness(Generic[V, S]):
    """All parts of one test."""

    picture_sides: ClassVar[tuple[int | None, int | None]] = (None, None)  # of every picture

    server: V
    studio: S
    clock: AutoAdvanceClock
    client: httpx.AsyncClient
    folder: Path
    build_studio: Callable[..., S] = field(repr=False)

    def new_job(self, request: Request | None = None, **facts: Any) -> Job:
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

    def new_file(self, content: bytes = b"a face", kind: str = "png") -> PreparedFile:
        """A file that fits."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.folder / f"{digest[:8]}.{kind}"
        path.write_bytes(content)
        width, height = self.picture_sides if kind == "png" else (None, None)
        return PreparedFile(path, kind, len(content), digest, width=width, height=height)

    def files_for(self, job: Job) -> dict[str, PreparedFile]:
        """What the engine would hand over for a job."""
        kinds = {MediaKind.PICTURE: "png", MediaKind.SOUND: "mp3", MediaKind.VIDEO: "mp4"}
        return {
            name: self.new_file(name.encode(), kinds[each.kind])
            for name, each in self.studio.file_limits(job.request).items()
        }

    async def prepare_uploads(self, job: Job) -> dict[str, str]:
        """What the engine does before it submits."""
        return await self.studio.prepare(job, self.files_for(job))

    async def prepared_job(self, request: Request | None = None, **facts: Any) -> Job:
        """A job that is about to be submitted."""
        job = self.new_job(request, **facts)
        self.studio.check(job.request)
        uploads = await self.prepare_uploads(job)
        now = self.clock.now()
        return job.to_stage(Stage.SUBMITTING, now, uploads=uploads, submitted_at=now, doubtful_at=now)

    async def submitted_job(self, request: Request | None = None, **facts: Any) -> Job:
        """A job at the studio."""
        job = await self.prepared_job(request, **facts)
        accepted = await self.studio.submit(job)
        return job.to_stage(Stage.RENDERING, self.clock.now(), ticket=accepted.ticket, notes=accepted.notes)
