"""Which engine an address names."""

import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.errors import Broken
from storage.database import Database
from storage.sqlite.database import database_file, migrate_sqlite, open_sqlite

_SERVER = ("postgresql", "postgres")


@asynccontextmanager
async def open_database(url: str, rehearsing: bool) -> AsyncIterator[Database]:
    """The database at an address; a rehearsal has a part of its own, which it uses alone."""
    if not of_server(url):
        async with open_sqlite(_beside(url) if rehearsing else url) as file:
            yield file
        return
    _equipped()
    from storage.postgres.database import REHEARSALS, SCHEMA, open_postgres

    schema = REHEARSALS if rehearsing else SCHEMA
    async with open_postgres(url, schema=schema, alone=rehearsing) as server:
        yield server


async def migrate_database(url: str) -> list[str]:
    """Bring a database up to this program; the names of the steps that were applied."""
    if not of_server(url):
        return await migrate_sqlite(url)
    _equipped()
    from storage.postgres.database import migrate_postgres

    return await migrate_postgres(url)


def of_server(url: str) -> bool:
    """Whether an address names a server rather than a file."""
    return url.partition("://")[0] in _SERVER


def _beside(url: str) -> Path:
    file = database_file(url)
    return file.with_name(f"{file.stem}-sandbox{file.suffix}")


def _equipped() -> None:
    if importlib.util.find_spec("asyncpg") is None:
        raise Broken(
            "DIDTALK_DATABASE_URL names a PostgreSQL server, and its driver is not installed. Install it with: "
            "pip install -r requirements-postgres.txt"
        )
