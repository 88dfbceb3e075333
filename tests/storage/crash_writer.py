"""A process that only writes, to be killed; it prints what was confirmed to it."""

import asyncio
import sys
from pathlib import Path

from bot.errors import Broken
from bot.jobs.job import WORK_QUEUE, LedgerEntry, Stage
from storage.sqlite.open import open_sqlite
from storage.tables.jobs import SqlJobs
from tests.fakes.sample_job import NOW, a_job


def print_line(line: str) -> None:
    """Print a line at once, so that it arrives even if we are killed right after."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def add_endlessly(jobs: SqlJobs) -> None:
    """Add jobs until killed."""
    while True:
        for job in await jobs.add([a_job(), a_job()]):
            print_line(f"added {job.id}")


async def claim_endlessly(jobs: SqlJobs, owner: str) -> None:
    """Claim and move until killed, and keep the lease of every other job."""
    while True:
        for job in await jobs.claim(WORK_QUEUE, owner, NOW, NOW + 1e9, 3):
            entry = LedgerEntry(recorded_at=NOW, job=job.id, event="submit", asker_key="u", studio="did")
            if await jobs.move(job, job.to_stage(Stage.SUBMITTING, NOW), entry, keep_lease=True):
                print_line(f"moved {job.id}")
        await asyncio.sleep(0)


async def write_until_killed(where: Path) -> None:
    """Write until killed, or print why that is impossible."""
    try:
        async with open_sqlite(where) as database, asyncio.TaskGroup() as group:
            print_line("open")
            jobs = SqlJobs(database)
            for n in range(4):
                group.create_task(add_endlessly(jobs))
                group.create_task(claim_endlessly(jobs, f"dead-{n}"))
    except Broken as broken:
        print_line(broken.sentence)
        sys.exit(3)


if __name__ == "__main__":
    asyncio.run(write_until_killed(Path(sys.argv[1])))
