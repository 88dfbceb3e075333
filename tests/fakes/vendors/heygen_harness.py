"""A HeyGen studio on a bench: the real one, a server that behaves like HeyGen, and a clock that is moved by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.http.client import open_client
from adapters.studios.heygen import HeygenStudio
from bot.requests.kinds import Request
from tests.fakes.clock import AutoAdvanceClock
from tests.fakes.vendors.heygen_server import HEYGEN_KEY, HeygenServer
from tests.fakes.vendors.studio_harness import FACE as FACE
from tests.fakes.vendors.studio_harness import FILM as FILM
from tests.fakes.vendors.studio_harness import StudioHarness


class HeygenHarness(StudioHarness[HeygenServer, HeygenStudio]):
    """All parts of one test."""

    picture_sides = (900, 600)

    async def submitted_body(self, request: Request | None = None, **facts: Any) -> dict[str, Any]:
        """The body that was paid for."""
        await self.submitted_job(request, **facts)
        return dict(self.server.paid_calls()[-1].body)


@asynccontextmanager
async def heygen_harness(folder: Path, **options: Any) -> AsyncIterator[HeygenHarness]:
    """Everything set up, and taken down afterwards."""
    clock = AutoAdvanceClock()
    async with HeygenServer(clock.now).running() as server, open_client() as client:

        def build_studio(**other: Any) -> HeygenStudio:
            given: dict[str, Any] = {
                "http": client,
                "clock": clock,
                "cache_folder": folder / "cache",
                "webhook_url_for": lambda job: f"https://bot.example.invalid/hooks/heygen/{job.id}",
            }
            given |= options | other
            return HeygenStudio(given.pop("key", HEYGEN_KEY), given.pop("url", server.url), **given)

        yield HeygenHarness(server, build_studio(), clock, client, folder, build_studio)
