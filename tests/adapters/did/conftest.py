"""What the tests of D-ID share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.did_bench import Bench, did_bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A studio and its server."""
    async with did_bench(tmp_path) as made:
        yield made
