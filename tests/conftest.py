"""What tests of everything that is kept share: each engine, and one PostgreSQL server for all of them."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog

from storage.database import Database
from tests.fakes.database_engines import DATABASE_ENGINES, open_engine
from tests.fakes.local_postgres import LocalPostgres, running_postgres

# The default renderer draws tracebacks with all locals, which takes seconds and blocks the loop of the bot under test.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture(scope="session")
def postgres() -> Iterator[LocalPostgres]:
    """A real server; where none can be started its tests are skipped and say so, unless they are insisted on."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_postgres())
        except (ImportError, OSError, subprocess.SubprocessError) as error:
            if os.environ.get("DIDTALK_NEEDS_POSTGRES"):
                raise
            pytest.skip(f"PostgreSQL could not be started here ({type(error).__name__}), so it was not tried")
        yield server


@pytest.fixture(params=DATABASE_ENGINES)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Each engine in turn, empty."""
    async with open_engine(request.param, request, tmp_path) as opened:
        yield opened
