"""What contracts are tried on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.jobs.job import Jobs
from storage.tables.jobs import SqlJobs
from tests.fakes.database_engines import DATABASE_ENGINES, open_engine
from tests.fakes.memory_jobs import MemoryJobs


@pytest.fixture(params=["memory", *DATABASE_ENGINES])
async def jobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Jobs]:
    """Each store in turn, empty."""
    if request.param == "memory":
        yield MemoryJobs()
        return
    async with open_engine(request.param, request, tmp_path) as database:
        yield SqlJobs(database)
