"""Opens the database that an address names."""

import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.errors import Broken
from storage.database import Database
from storage.sqlite.open import database_file, open_sqlite

_POSTGRES_SCHEMES = ("postgresql", "postgres")


@asynccontextmanager
async def open_database(url: str, in_sandbox: bool) -> AsyncIterator[Database]:
    """Open the database at an address. The sandbox has a file or schema of its own, used by one process."""
    if not is_postgres_url(url):
        async with open_sqlite(_sandbox_file(url) if in_sandbox else url) as file:
            yield file
        return
    _require_postgres_driver()
    from storage.postgres.open import DATABASE_SCHEMA, SANDBOX_SCHEMA, open_postgres

    schema = SANDBOX_SCHEMA if in_sandbox else DATABASE_SCHEMA
    async with open_postgres(url, schema=schema, exclusive=in_sandbox) as server:
        yield server


async def migrate_database(url: str) -> list[str]:
    """Apply missing migrations; their names."""
    async with open_database(url, in_sandbox=False) as database:
        return database.applied_migrations


def is_postgres_url(url: str) -> bool:
    """Whether an address names a server rather than a file."""
    return url.partition("://")[0] in _POSTGRES_SCHEMES


def _sandbox_file(url: str) -> Path:
    file = database_file(url)
    return file.with_name(f"{file.stem}-sandbox{file.suffix}")


def _require_postgres_driver() -> None:
    if importlib.util.find_spec("asyncpg") is None:
        raise Broken(
            "DIDTALK_DATABASE_URL names a PostgreSQL server, and its driver is not installed. Install it with: "
            "pip install -r requirements-postgres.txt"
        )
