"""A HeyGen studio on a bench: the real one, a server that behaves like HeyGen, and a clock that is moved by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.http.client import open_client
from adapters.studios.heygen import HeygenStudio
from bot.requests.kinds import Request
from tests.fakes.bench import FACE as FACE
from tests.fakes.bench import FILM as FILM
from tests.fakes.bench import StudioBench
from tests.fakes.clock import LeapingClock
from tests.fakes.heygen_server import KEY, HeygenServer


class Bench(StudioBench[HeygenServer, HeygenStudio]):
    """All parts of one test."""

    sides = (900, 600)

    async def sent(self, request: Request | None = None, **facts: Any) -> dict[str, Any]:
        """The body that was paid for."""
        await self.submitted(request, **facts)
        return dict(self.server.paid()[-1].body)


@asynccontextmanager
async def heygen_bench(folder: Path, **options: Any) -> AsyncIterator[Bench]:
    """Everything set up, and taken down afterwards."""
    clock = LeapingClock()
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
