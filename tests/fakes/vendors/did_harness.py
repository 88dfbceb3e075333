"""A D-ID studio on a bench: the real one, with a server that behaves like D-ID and a clock that is moved by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.http.client import open_client
from adapters.studios.did import DidStudio
from bot.errors import TryAgain
from bot.jobs.job import Job
from bot.requests.kinds import Request
from tests.fakes.clock import AutoAdvanceClock
from tests.fakes.vendors.did_server import DID_KEY, DidServer
from tests.fakes.vendors.studio_harness import FACE as FACE
from tests.fakes.vendors.studio_harness import FILM as FILM
from tests.fakes.vendors.studio_harness import StudioHarness


class FakeHosting:
    """A public address that is nobody's."""

    async def host(self, path: Path, name: str, owner: str) -> str:
        """Where a file could be fetched."""
        return f"https://files.example.invalid/{name}"


class DidHarness(StudioHarness[DidServer, DidStudio]):
    """All parts of one test."""

    async def prepare_uploads(self, job: Job) -> dict[str, str]:
        """What the engine does: try again when it is asked to, for a while."""
        for _ in range(15):
            try:
                return await self.studio.prepare(job, self.files_for(job))
            except TryAgain as error:
                self.clock.jump(error.retry_after or 1)
        raise AssertionError("never prepared")

    async def submitted_body(self, request: Request | None = None, **facts: Any) -> dict[str, Any]:
        """The body that was paid for."""
        job = await self.submitted_job(request, **facts)
        return dict(self.server.find_calls("POST", f"/{(job.ticket or '').partition('/')[0]}")[-1].body)


@asynccontextmanager
async def did_harness(folder: Path, **options: Any) -> AsyncIterator[DidHarness]:
    """Everything set up, and taken down afterwards."""
    clock = AutoAdvanceClock()
    async with DidServer(clock.now).running() as server, open_client() as client:

        def build_studio(**other: Any) -> DidStudio:
            given: dict[str, Any] = {
                "http": client,
                "clock": clock,
                "cache_folder": folder / "cache",
                "host": FakeHosting(),
                "webhook_url_for": lambda job: f"https://bot.example.invalid/hooks/did/{job.id}",
            }
            given |= options | other
            return DidStudio(given.pop("key", DID_KEY), given.pop("url", server.url), **given)

        yield DidHarness(server, build_studio(), clock, client, folder, build_studio)
