"""A HeyGen studio on a bench: the real one, a server that behaves like HeyGen, and a clock that is moved by hand."""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from adapters.studios.heygen import HeygenStudio
from adapters.studios.http import open_client
from bot.jobs import Job, Stage, new_id
from bot.media import Fitted, Kind, Media
from bot.place import Asker, Place
from bot.requests import Request, Talk
from tests.fakes.hand_clock import HandClock
from tests.fakes.heygen_server import KEY, HeygenServer

FACE = Media(kind=Kind.PICTURE, at="portrait:ada", name="ada.png")
FILM = Media(kind=Kind.VIDEO, at="shelf:v", name="talk.mp4")


@dataclass
class Bench:
    """All parts of one test."""

    server: HeygenServer
    studio: HeygenStudio
    clock: HandClock
    client: httpx.AsyncClient
    folder: Path
    build: Callable[..., HeygenStudio] = field(repr=False)

    def job(self, request: Request | None = None, **facts: Any) -> Job:
        """A job asked for just now."""
        ident = new_id(self.clock.now())
        return Job.model_validate(
            {
                "id": ident,
                "group": ident,
                "request": request or Talk(script="Welcome aboard!", image=FACE),
                "studio": "heygen",
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
        sides = (900, 600) if kind == "png" else (None, None)
        return Fitted(path, kind, len(content), digest, width=sides[0], height=sides[1])

    def files(self, job: Job) -> dict[str, Fitted]:
        """What the engine would hand over for a job."""
        kinds = {Kind.PICTURE: "png", Kind.SOUND: "mp3", Kind.VIDEO: "mp4"}
        return {
            name: self.file(name.encode(), kinds[each.kind]) for name, each in self.studio.needs(job.request).items()
        }

    async def prepared(self, request: Request | None = None, **facts: Any) -> Job:
        """A job that is about to be submitted."""
        job = self.job(request, **facts)
        self.studio.check(job.request)
        uploads = await self.studio.prepare(job, self.files(job))
        now = self.clock.now()
        return job.at(Stage.SUBMITTING, now, uploads=uploads, submitted_at=now, doubtful_at=now)

    async def submitted(self, request: Request | None = None, **facts: Any) -> Job:
        """A job at the studio."""
        job = await self.prepared(request, **facts)
        accepted = await self.studio.submit(job)
        return job.at(Stage.RENDERING, self.clock.now(), ticket=accepted.ticket, notes=accepted.notes)

    async def sent(self, request: Request | None = None, **facts: Any) -> dict[str, Any]:
        """The body that was paid for."""
        await self.submitted(request, **facts)
        return dict(self.server.paid()[-1].body)


@asynccontextmanager
async def heygen_bench(folder: Path, **options: Any) -> AsyncIterator[Bench]:
    """Everything set up, and taken down afterwards."""
    clock = HandClock()
    async with HeygenServer(clock.now).running() as server, open_client() as client:

        def build(**other: Any) -> HeygenStudio:
            given: dict[str, Any] = {
                "client": client,
                "clock": clock,
                "cache": folder / "cache",
                "hook": lambda job: f"https://bot.example.invalid/hooks/heygen/{job.id}",
            }
            given |= options | other
            return HeygenStudio(given.pop("key", KEY), given.pop("url", server.url), **given)

        yield Bench(server, build(), clock, client, folder, build)
