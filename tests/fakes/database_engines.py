"""Every database engine. Every contract runs on each engine that is listed here."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from storage.database import Database
from storage.postgres.open import open_postgres
from storage.sqlite.open import open_sqlite
from tests.fakes.local_postgres import LocalPostgres

DATABASE_ENGINES = ("sqlite", "postgres")


@asynccontextmanager
async def open_engine(name: str, request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Database]:
    """A new database of that engine, for as long as we are inside."""
    if name == "sqlite":
        async with open_sqlite(folder / "a.sqlite3") as file:
            yield file
        return
    server: LocalPostgres = request.getfixturevalue("postgres")
    async with open_postgres(server.url, schema=new_schema()) as opened:
        yield opened


def new_schema() -> str:
    """A schema that no other test knows."""
    return f"t_{secrets.token_hex(6)}"
