"""One running bot for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.chats.console.console_harness import ConsoleHarness, console_harness


@pytest.fixture
async def b(tmp_path: Path) -> AsyncIterator[ConsoleHarness]:
    """A bot with a console."""
    async with console_harness(tmp_path) as running:
        yield running
