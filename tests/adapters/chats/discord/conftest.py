"""One Discord, one studio and one clock for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.adapters.chats.discord.discord_harness import FileTakingStudio
from tests.fakes.clock import FastClock
from tests.fakes.discord.people import FakeDiscord


@pytest.fixture
def clock() -> FastClock:
    """Time that flies."""
    return FastClock()


@pytest.fixture
def studio() -> FileTakingStudio:
    """A studio that keeps books."""
    return FileTakingStudio()


@pytest.fixture
async def discord(clock: FastClock) -> AsyncIterator[FakeDiscord]:
    """Discord's stand-in, at work."""
    server = FakeDiscord(clock.now)
    async with server.running():
        yield server
