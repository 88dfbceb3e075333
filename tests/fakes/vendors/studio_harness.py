"""A studio under test: the real one, its account in the sandbox, and a clock that tests set."""

import hashlib
import io
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import httpx
from PIL import Image

from bot.errors import TryAgain
from bot.jobs.job import Asker, Job, Place, Stage, new_id
from bot.requests.base import Request
from bot.requests.kinds import Talk
from bot.requests.media import Media, MediaKind, PreparedFile
from bot.studios.studio import Studio
from tests.fakes.clock import AutoAdvanceClock
from tests.fakes.vendors.sandbox_account import SAMPLE_VIDEO, SandboxAccount

FACE = Media(kind=MediaKind.PICTURE, address="portrait:ada", name="ada.png")
FILM = Media(kind=MediaKind.VIDEO, address="shelf:v", name="talk.mp4")

PICTURE_SIDES = (900, 600)

V = TypeVar("V", bound=SandboxAccount)
S = TypeVar("S", bound=Studio)


@dataclass
class StudioHarness(Generic[V, S]):
    """All parts of one test."""

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
        """A real picture, sound or video that fits; different content makes a different file."""
        data = sample_file(content, kind)
        digest = hashlib.sha256(data).hexdigest()
        path = self.folder / f"{digest[:8]}.{kind}"
        path.write_bytes(data)
        width, height = PICTURE_SIDES if kind == "png" else (None, None)
        return PreparedFile(path, kind, len(data), digest, width=width, height=height)

    def files_for(self, job: Job) -> dict[str, PreparedFile]:
        """What the engine would hand over for a job."""
        kinds = {MediaKind.PICTURE: "png", MediaKind.SOUND: "mp3", MediaKind.VIDEO: "mp4"}
        return {
            name: self.new_file(name.encode(), kinds[each.kind])
            for name, each in self.studio.file_limits(job.request).items()
        }

    async def prepare_uploads(self, job: Job) -> dict[str, str]:
        """What the engine does before it submits: try again when it is asked to, for a while."""
        files = self.files_for(job)
        for _ in range(15):
            try:
                return await self.studio.prepare(job, files)
            except TryAgain as error:
                self.clock.jump(error.retry_after or 1)
        raise AssertionError("never prepared")

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


@cache
def sample_file(content: bytes, kind: str) -> bytes:
    """A file of a kind, made from a few bytes."""
    out = io.BytesIO()
    if kind == "png":
        colour = hashlib.sha256(content).digest()
        Image.new("RGB", PICTURE_SIDES, (colour[0], colour[1], colour[2])).save(out, "PNG")
    elif kind == "mp3":
        with wave.open(out, "wb") as sound:  # a wave file by another name: vendors go by what is inside
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(hashlib.sha256(content).digest() * 500)
    else:
        return SAMPLE_VIDEO + content
    return out.getvalue()
