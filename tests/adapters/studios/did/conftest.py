"""What the tests of D-ID share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.vendors.did_harness import DidHarness, did_harness


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[DidHarness]:
    """A studio and its server."""
    async with did_harness(tmp_path) as made:
        yield made
