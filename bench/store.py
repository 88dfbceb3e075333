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

from bot.jobs.job import WORK_QUEUE, Job
from storage.database import Database
from storage.postgres.open import open_postgres
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.open import open_sqlite
from storage.tables.jobs import INSERT_JOB, SqlJobs, _job_row
from tests.fakes.sample_job import NOW, a_job

FEW_ROWS, CALLER_COUNT, INSERT_COUNT, CLAIM_COUNT = 100, 16, 4000, 400
Timing = tuple[float, float, float]  # per second, median and 99th percentile in milliseconds


def print_line(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")


async def measure_calls(times: int, callers: int, work: Callable[[], Awaitable[object]]) -> Timing:
    """Do the same work many times, from so many callers at once."""
    took: list[float] = []

    async def call_repeatedly() -> None:
        for _ in range(times // callers):
            began = time.perf_counter()
            await work()
            took.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*(call_repeatedly() for _ in range(callers)))
    took.sort()
    return times / (time.perf_counter() - began), took[len(took) // 2], took[len(took) * 99 // 100]


def print_timing(name: str, figures: Timing) -> None:
    """Figures in a line."""
    print_line(f"{name:<44} {figures[0]:>9,.0f}/s   median {figures[1]:7.3f} ms   p99 {figures[2]:7.3f} ms")


async def measure_inserts(database: SqliteDatabase) -> None:
    """Sixteen callers who share commits, against sixteen whose every insert is a commit of its own."""
    jobs, alone = SqlJobs(database), asyncio.Lock()
    ready = iter([a_job() for _ in range(2 * INSERT_COUNT)])

    async def insert_alone() -> None:
        async with alone:
            await jobs.add([next(ready)])

    single = await measure_calls(INSERT_COUNT, CALLER_COUNT, insert_alone)
    before = database.commit_count
    shared = await measure_calls(INSERT_COUNT, CALLER_COUNT, lambda: jobs.add([next(ready)]))
    print_timing(f"durable insert, {CALLER_COUNT} callers, a commit each", single)
    print_timing(f"durable insert, {CALLER_COUNT} callers, shared commits", shared)
    print_line(
        f"{'':<44} {INSERT_COUNT / (database.commit_count - before):.1f} inserts to a commit, ratio "
        f"{shared[0] / single[0]:.1f}"
    )


async def measure_moves(database: SqliteDatabase) -> None:
    """Claim and move, as an engine does."""
    jobs = SqlJobs(database)

    async def claim_and_move() -> None:
        (job,) = await jobs.claim(WORK_QUEUE, "bench", NOW, NOW + 60, 1)
        await jobs.move(job, job.evolve(due_at=NOW + 3600))

    print_timing("claim one and move it, one caller", await measure_calls(CLAIM_COUNT, 1, claim_and_move))
    print_timing(
        f"claim one and move it, {CALLER_COUNT} callers",
        await measure_calls(CLAIM_COUNT * 8, CALLER_COUNT, claim_and_move),
    )


async def measure_claims(database: Database, rows: int) -> tuple[float, float]:
    """Claims and looks at the clock among so many waiting rows; medians in milliseconds."""
    jobs = SqlJobs(database)
    claim = await measure_calls(CLAIM_COUNT, 1, lambda: jobs.claim(WORK_QUEUE, "bench", NOW - 1000, NOW, 10))
    due = await measure_calls(CLAIM_COUNT, 1, lambda: jobs.next_due(WORK_QUEUE))
    print_timing(f"claim when nothing is due, {rows:,} waiting", claim)

    async def claim_and_put_back() -> None:
        for job in await jobs.claim(WORK_QUEUE, "bench", NOW, NOW + 60, 1):
            await jobs.move(job, job)

    taking = await measure_calls(CLAIM_COUNT * 2, 1, claim_and_put_back)
    print_timing(f"claim one and put it back, {rows:,} waiting", taking)
    print_timing(f"next due, {rows:,} waiting", due)
    return taking[1], due[1]


def _waiting_jobs(rows: int) -> Iterator[Job]:
    # Validating a million jobs would be most of the bench, so one job stands for all of them.
    model = a_job()
    for n in range(rows):
        yield model.evolve(id=f"{n:020d}", group=f"{n:020d}", due_at=NOW + (n * 7919) % 86_400)


async def fill_rows(database: Database, rows: int) -> None:
    """So many waiting jobs, beneath the store's own door because only the end matters."""
    pile: list[Job] = []
    for job in _waiting_jobs(rows):
        pile.append(job)
        if len(pile) == 5000:
            await _add_rows(database, pile)
            pile = []
    await _add_rows(database, pile)


def _megabytes(path: Path) -> float:
    return path.stat().st_size / 1e6


async def _add_rows(database: Database, pile: list[Job]) -> None:
    rows = [_job_row(job, 0) for job in pile]
    await database.write(lambda statements: statements.run_many(INSERT_JOB, rows))


async def measure_on_server(url: str, rows: int) -> None:
    """The same on a server: inserts, and claims among few and among many."""
    looks = [await _measure_in_schema(url, waiting) for waiting in (FEW_ROWS, rows)]
    few, lot = looks
    print_line(f"ratio {rows:,} to {FEW_ROWS}: claim {lot[0] / few[0]:.2f}, next due {lot[1] / few[1]:.2f}")


async def _measure_in_schema(url: str, waiting: int) -> tuple[float, float]:
    schema = f"bench_{waiting}"
    async with open_postgres(url, schema=schema) as database:
        jobs, ready = SqlJobs(database), iter([a_job(due_at=NOW + 9e6) for _ in range(INSERT_COUNT)])
        try:
            print_timing(
                f"durable insert, {CALLER_COUNT} callers",
                await measure_calls(INSERT_COUNT, CALLER_COUNT, lambda: jobs.add([next(ready)])),
            )
            await fill_rows(database, waiting)
            await database.run("ANALYZE jobs")
            return await measure_claims(database, waiting)
        finally:
            await database.run(f"DROP SCHEMA {schema} CASCADE")


async def main(rows: int) -> None:
    """The whole report."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_sqlite(Path(folder, "a.sqlite3")) as database:
            await measure_inserts(database)
            await measure_moves(database)
        async with open_sqlite(Path(folder, "few.sqlite3")) as database:
            await fill_rows(database, FEW_ROWS)
            few = await measure_claims(database, FEW_ROWS)
        many = Path(folder, "many.sqlite3")
        async with open_sqlite(many) as database:
            began = time.perf_counter()
            await fill_rows(database, rows)
            print_line(f"filling in {rows:,} rows: {time.perf_counter() - began:.1f} s, {_megabytes(many):,.0f} MB")
        began = time.perf_counter()
        async with open_sqlite(many) as database:
            (first,) = await SqlJobs(database).claim(WORK_QUEUE, "bench", NOW, NOW + 60, 1)
            print_line(f"from opening to the first claim among {rows:,}: {(time.perf_counter() - began) * 1000:.0f} ms")
            await SqlJobs(database).move(first, first)
            lot = await measure_claims(database, rows)
    print_line(f"ratio {rows:,} to {FEW_ROWS}: claim {lot[0] / few[0]:.2f}, next due {lot[1] / few[1]:.2f}")
    print_line(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    row_count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    asyncio.run(measure_on_server(sys.argv[2], row_count) if len(sys.argv) > 2 else main(row_count))
