"""How fast jobs are kept and found: `python -m bench.store [rows] [address]`. Ratios within one run are what counts.

With the address of a PostgreSQL server it is measured there, in schemas of its own that are dropped afterwards.
"""

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from bot.jobs.job import WORK, Job
from storage.database import Database
from storage.postgres.database import open_postgres
from storage.sqlite.database import Sqlite, open_sqlite
from storage.tables.jobs import ADD, SqlJobs, _row
from tests.fakes.job import NOW, a_job

FEW, CALLERS, INSERTS, CLAIMS = 100, 16, 4000, 400
Timed = tuple[float, float, float]  # per second, median and 99th percentile in milliseconds


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")


async def timed(times: int, callers: int, work: Callable[[], Awaitable[object]]) -> Timed:
    """Do the same work many times, from so many callers at once."""
    took: list[float] = []

    async def caller() -> None:
        for _ in range(times // callers):
            began = time.perf_counter()
            await work()
            took.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    took.sort()
    return times / (time.perf_counter() - began), took[len(took) // 2], took[len(took) * 99 // 100]


def told(name: str, figures: Timed) -> None:
    """Figures in a line."""
    say(f"{name:<44} {figures[0]:>9,.0f}/s   median {figures[1]:7.3f} ms   p99 {figures[2]:7.3f} ms")


async def inserts(database: Sqlite) -> None:
    """Sixteen callers who share commits, against sixteen whose every insert is a commit of its own."""
    jobs, alone = SqlJobs(database), asyncio.Lock()
    ready = iter([a_job() for _ in range(2 * INSERTS)])

    async def own() -> None:
        async with alone:
            await jobs.add([next(ready)])

    single = await timed(INSERTS, CALLERS, own)
    before = database.commits
    shared = await timed(INSERTS, CALLERS, lambda: jobs.add([next(ready)]))
    told(f"durable insert, {CALLERS} callers, a commit each", single)
    told(f"durable insert, {CALLERS} callers, shared commits", shared)
    say(f"{'':<44} {INSERTS / (database.commits - before):.1f} inserts to a commit, ratio {shared[0] / single[0]:.1f}")


async def moves(database: Sqlite) -> None:
    """Claim and move, as an engine does."""
    jobs = SqlJobs(database)

    async def work() -> None:
        (job,) = await jobs.claim(WORK, "bench", NOW, NOW + 60, 1)
        await jobs.move(job, job.but(due_at=NOW + 3600))

    told("claim one and move it, one caller", await timed(CLAIMS, 1, work))
    told(f"claim one and move it, {CALLERS} callers", await timed(CLAIMS * 8, CALLERS, work))


async def looking(database: Database, rows: int) -> tuple[float, float]:
    """Claims and looks at the clock among so many waiting rows; medians in milliseconds."""
    jobs = SqlJobs(database)
    claim = await timed(CLAIMS, 1, lambda: jobs.claim(WORK, "bench", NOW - 1000, NOW, 10))
    due = await timed(CLAIMS, 1, lambda: jobs.next_due(WORK))
    told(f"claim when nothing is due, {rows:,} waiting", claim)

    async def take() -> None:
        for job in await jobs.claim(WORK, "bench", NOW, NOW + 60, 1):
            await jobs.move(job, job)

    taking = await timed(CLAIMS * 2, 1, take)
    told(f"claim one and put it back, {rows:,} waiting", taking)
    told(f"next due, {rows:,} waiting", due)
    return taking[1], due[1]


def _waiting(rows: int) -> Iterator[Job]:
    # Validating a million jobs would be most of the bench, so one job stands for all of them.
    model = a_job()
    for n in range(rows):
        yield model.but(id=f"{n:020d}", group=f"{n:020d}", due_at=NOW + (n * 7919) % 86_400)


async def fill(database: Database, rows: int) -> None:
    """So many waiting jobs, beneath the store's own door because only the end matters."""
    pile: list[Job] = []
    for job in _waiting(rows):
        pile.append(job)
        if len(pile) == 5000:
            await _add(database, pile)
            pile = []
    await _add(database, pile)


def _megabytes(path: Path) -> float:
    return path.stat().st_size / 1e6


async def _add(database: Database, pile: list[Job]) -> None:
    rows = [_row(job, 0) for job in pile]
    await database.write(lambda statements: statements.many(ADD, rows))


async def on_server(url: str, rows: int) -> None:
    """The same on a server: inserts, and claims among few and among many."""
    looks = [await _in_schema(url, waiting) for waiting in (FEW, rows)]
    few, lot = looks
    say(f"ratio {rows:,} to {FEW}: claim {lot[0] / few[0]:.2f}, next due {lot[1] / few[1]:.2f}")


async def _in_schema(url: str, waiting: int) -> tuple[float, float]:
    schema = f"bench_{waiting}"
    async with open_postgres(url, schema=schema) as database:
        jobs, ready = SqlJobs(database), iter([a_job(due_at=NOW + 9e6) for _ in range(INSERTS)])
        try:
            told(f"durable insert, {CALLERS} callers", await timed(INSERTS, CALLERS, lambda: jobs.add([next(ready)])))
            await fill(database, waiting)
            await database.run("ANALYZE jobs")
            return await looking(database, waiting)
        finally:
            await database.run(f"DROP SCHEMA {schema} CASCADE")


async def main(rows: int) -> None:
    """The whole report."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_sqlite(Path(folder, "a.sqlite3")) as database:
            await inserts(database)
            await moves(database)
        async with open_sqlite(Path(folder, "few.sqlite3")) as database:
            await fill(database, FEW)
            few = await looking(database, FEW)
        many = Path(folder, "many.sqlite3")
        async with open_sqlite(many) as database:
            began = time.perf_counter()
            await fill(database, rows)
            say(f"filling in {rows:,} rows: {time.perf_counter() - began:.1f} s, {_megabytes(many):,.0f} MB")
        began = time.perf_counter()
        async with open_sqlite(many) as database:
            (first,) = await SqlJobs(database).claim(WORK, "bench", NOW, NOW + 60, 1)
            say(f"from opening to the first claim among {rows:,}: {(time.perf_counter() - began) * 1000:.0f} ms")
            await SqlJobs(database).move(first, first)
            lot = await looking(database, rows)
    say(f"ratio {rows:,} to {FEW}: claim {lot[0] / few[0]:.2f}, next due {lot[1] / few[1]:.2f}")
    say(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    asyncio.run(on_server(sys.argv[2], number) if len(sys.argv) > 2 else main(number))
