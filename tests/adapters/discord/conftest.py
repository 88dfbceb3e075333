"""One Discord, one studio and one clock for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.adapters.discord.bench import Studio
from tests.fakes.clock import FastClock
from tests.fakes.discord_people import Discord


@pytest.fixture
def clock() -> FastClock:
    """Time that flies."""
    return FastClock()


@pytest.fixture
def studio() -> Studio:
    """A studio that keeps books."""
    return Studio()


@pytest.fixture
async def discord(clock: FastClock) -> AsyncIterator[Discord]:
    """Discord's stand-in, at work."""
    server = Discord(clock.now)
    async with server.running():
        yield server
