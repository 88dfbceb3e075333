"""What the tests of HeyGen share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.vendors.heygen_harness import HeygenHarness, heygen_harness


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[HeygenHarness]:
    """A studio in whichever dialect serves, and its server."""
    async with heygen_harness(tmp_path) as made:
        yield made


@pytest.fixture
async def second(tmp_path: Path) -> AsyncIterator[HeygenHarness]:
    """A studio that speaks v2."""
    async with heygen_harness(tmp_path, version="v2") as made:
        yield made


@pytest.fixture
async def third(tmp_path: Path) -> AsyncIterator[HeygenHarness]:
    """A studio that speaks v3."""
    async with heygen_harness(tmp_path, version="v3") as made:
        yield made
