"""What the bot's database says, read from outside and without its help."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from storage.postgres.open import DATABASE_SCHEMA
from storage.sqlite.database import to_sqlite_syntax

_COUNT_UNFINISHED = (
    "SELECT (SELECT count(*) FROM jobs WHERE queue IS NOT NULL) + "
    "(SELECT count(*) FROM leased_queue WHERE due_at IS NOT NULL)"
)
_SELECT_JOBS = "SELECT id, stage, queue, version, body FROM jobs ORDER BY id"
_SELECT_LEASED = "SELECT id, version FROM jobs WHERE owner LIKE $1"
_SELECT_VERSIONS = "SELECT id, version FROM jobs"
_SELECT_LEDGER = "SELECT recorded_at, event, sentence FROM ledger WHERE job_id = $1 ORDER BY version"


@dataclass(frozen=True)
class StoredJob:
    """A job as the database has it."""

    id: str
    stage: str
    unfinished: bool  # whether anything is still to be done for it
    version: int
    body: dict[str, Any]

    @property
    def request_text(self) -> str:
        """What was asked for, wherever the request keeps its words."""
        return json.dumps(self.body["request"], ensure_ascii=False)

    @property
    def marker(self) -> str:
        """What we write on everything we give a studio."""
        return f"dt-{self.id}"


class DatabaseReader:
    """The database of a bot; it may lie still after a kill, or be in use."""

    def __init__(self, query: Callable[..., Awaitable[Sequence[Any]]]) -> None:
        self._query = query

    async def count_unfinished(self) -> int:
        """How many things it still means to do."""
        return int((await self._query(_COUNT_UNFINISHED))[0][0])

    async def read_jobs(self) -> list[StoredJob]:
        """Every job."""
        rows = await self._query(_SELECT_JOBS)
        return [
            StoredJob(key, stage, queue is not None, version, json.loads(body))
            for key, stage, queue, version, body in rows
        ]

    async def leased_by(self, process: int) -> dict[str, int]:
        """The jobs in the hands of one process, by their version."""
        return dict(await self._query_versions(_SELECT_LEASED, f"%.{process}.%"))

    async def moved_since(self, since: dict[str, int]) -> set[str]:
        """Which of these have moved on since that version."""
        now = dict(await self._query_versions(_SELECT_VERSIONS))
        return {each for each, version in since.items() if now.get(each, 0) > version}

    async def read_ledger(self, job: str) -> list[str]:
        """What was submitted and decided for one job, as lines."""
        return [f"{at:.3f} {what} {sentence}" for at, what, sentence in await self._query(_SELECT_LEDGER, job)]

    async def _query_versions(self, sql: str, *values: str) -> list[tuple[str, int]]:
        return [(key, version) for key, version in await self._query(sql, *values)]


def sqlite_reader(folder: Path) -> DatabaseReader:
    """A database in one file, in the data folder of a bot."""
    return DatabaseReader(partial(_query_file, folder / "data" / "didtalk.sqlite3"))


@asynccontextmanager
async def postgres_reader(url: str) -> AsyncIterator[DatabaseReader]:
    """A database on a server."""
    async with asyncpg.create_pool(
        url, min_size=1, max_size=4, server_settings={"search_path": DATABASE_SCHEMA}
    ) as pool:
        yield DatabaseReader(pool.fetch)


async def _query_file(path: Path, sql: str, *values: Any) -> list[Any]:
    return await asyncio.to_thread(_query_file_sync, path, to_sqlite_syntax(sql), values)


def _query_file_sync(path: Path, sql: str, values: tuple[Any, ...]) -> list[Any]:
    # Read-only: a reader that could write might checkpoint, which is the bot's alone to do.
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(sql, values).fetchall()


async def wait_until(condition: Callable[[], Awaitable[object]], seconds: float, pause: float = 0.15) -> bool:
    """Wait until something holds; whether it did in time. What cannot be read at the moment does not hold."""
    try:
        async with asyncio.timeout(seconds):
            while not await _holds_now(condition):  # noqa: ASYNC110 - other processes ring no bell of ours
                await asyncio.sleep(pause)
    except TimeoutError:
        return False
    return True


async def _holds_now(condition: Callable[[], Awaitable[object]]) -> bool:
    try:
        return bool(await condition())
    except (sqlite3.Error, asyncpg.PostgresError, OSError):
        return False
