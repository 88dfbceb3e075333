"""One running bot for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.console.bench import Bench, bench


@pytest.fixture
async def b(tmp_path: Path) -> AsyncIterator[Bench]:
    """A bot with a console."""
    async with bench(tmp_path) as running:
        yield running
