"""Whether this program may still work on a database that a newer one has brought up meanwhile.

Steps are compared at the start, but replicas are replaced one by one while the older ones run. One that is shut out by
a step stops within a minute, before it undoes much of what it does not know.
"""

import structlog

from bot.errors import Trouble
from bot.runtime.clock import Clock
from storage.database import Database
from storage.migrations.migration import load_migrations, pending_migrations

VERSION_CHECK_SECONDS = 60.0
SELECT_NEWER_MIGRATIONS = (
    "SELECT coalesce(max(number), 0), coalesce(max(beside), 0) FROM didtalk_steps WHERE number > $1"
)

log = structlog.get_logger(__name__)


async def guard_schema_version(database: Database, clock: Clock) -> None:
    """Look now and then until cancelled; Broken when a newer program does not want us beside it."""
    migrations = load_migrations()
    while True:
        await clock.sleep(VERSION_CHECK_SECONDS)
        try:
            ((version, oldest_compatible),) = await database.read(SELECT_NEWER_MIGRATIONS, migrations[-1].number)
        except Trouble as trouble:  # the database is away, which others say loudly enough
            log.info("steps not compared", why=trouble.sentence)
            continue
        pending_migrations(migrations, version, oldest_compatible, "of all replicas")
