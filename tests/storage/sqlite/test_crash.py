"""A process is killed while it writes, and another takes over."""

import asyncio
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from bot.jobs.job import WORK_QUEUE, JobFilter, Stage
from storage.sqlite.open import open_sqlite
from storage.tables.jobs import SqlJobs
from tests.fakes.sample_job import NOW


@asynccontextmanager
async def _running_writer(where: Path) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.storage.crash_writer", str(where), stdout=PIPE, cwd=Path.cwd()
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _read_lines(process: Process, number: int) -> list[str]:
    assert process.stdout
    async with asyncio.timeout(20):
        return [(await process.stdout.readline()).decode().strip() for _ in range(number)]


@pytest.mark.parametrize("lines", [7, 300, 1500])
async def test_what_was_answered_survives_a_kill(tmp_path: Path, lines: int) -> None:
    """Nothing confirmed is lost, nothing is written in part, no lease remains."""
    where = tmp_path / "a.sqlite3"
    async with _running_writer(where) as process:
        said = await _read_lines(process, lines)
        process.kill()
        rest, _ = await process.communicate()
    # The last line may have been cut by the kill itself.
    said += rest.decode().rpartition("\n")[0].splitlines()
    added = {line.removeprefix("added ") for line in said if line.startswith("added")}
    moved = {line.removeprefix("moved ") for line in said if line.startswith("moved")}
    with closing(sqlite3.connect(where)) as look:
        assert look.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    async with open_sqlite(where) as database:
        jobs = SqlJobs(database)
        kept = {job.id: job for job in await jobs.list_jobs(JobFilter(limit=100_000))}
        assert added <= kept.keys()
        assert moved <= {job.id for job in kept.values() if job.stage is Stage.SUBMITTING}
        assert len(kept) % 2 == 0  # they were added two by two
        for job in kept.values():
            assert len(await jobs.ledger_of(job.id)) == (1 if job.stage is Stage.SUBMITTING else 0)
        # Its leases were to last very long; all of them are due at once.
        assert {job.id for job in await jobs.claim(WORK_QUEUE, "new", NOW, NOW + 9, 100_000)} == kept.keys()


async def test_a_second_process_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    """The second process on a folder says so and ends; when the first is killed the folder is free at once."""
    where = tmp_path / "a.sqlite3"
    async with _running_writer(where) as first:
        assert await _read_lines(first, 1) == ["open"]
        async with _running_writer(where) as second:
            output, _ = await second.communicate()
            assert second.returncode == 3
            assert output.decode().startswith(f"Another didtalk is already using this data folder ({tmp_path}).")
        first.kill()
        await first.communicate()
        async with _running_writer(where) as third:
            assert await _read_lines(third, 1) == ["open"]
