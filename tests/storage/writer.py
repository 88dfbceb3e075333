"""A didtalk that only writes, to be killed: says on its output what it was answered for."""

import asyncio
import sys
from pathlib import Path

from bot.errors import Broken
from bot.jobs.job import WORK, Entry, Stage
from storage.sqlite.database import open_sqlite
from storage.tables.jobs import SqlJobs
from tests.fakes.job import NOW, a_job


def say(line: str) -> None:
    """A line that is out even if we are killed right after it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def add(jobs: SqlJobs) -> None:
    """Ask without end."""
    while True:
        for job in await jobs.add([a_job(), a_job()]):
            say(f"added {job.id}")


async def work(jobs: SqlJobs, owner: str) -> None:
    """Claim and move without end, and keep every other job in hand."""
    while True:
        for job in await jobs.claim(WORK, owner, NOW, NOW + 1e9, 3):
            entry = Entry(at=NOW, job=job.id, what="submit", who="u", studio="did")
            if await jobs.move(job, job.at(Stage.SUBMITTING, NOW), entry, hold=True):
                say(f"moved {job.id}")
        await asyncio.sleep(0)


async def main(where: Path) -> None:
    """Write until killed; or say why not."""
    try:
        async with open_sqlite(where) as database, asyncio.TaskGroup() as group:
            say("open")
            jobs = SqlJobs(database)
            for n in range(4):
                group.create_task(add(jobs))
                group.create_task(work(jobs, f"dead-{n}"))
    except Broken as broken:
        say(broken.sentence)
        sys.exit(3)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
