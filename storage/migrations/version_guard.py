"""Whether this program may still work on a database that a newer one has brought up meanwhile.

Steps are compared at the start, but replicas are replaced one by one while the older ones run. One that is shut out by
a step stops within a minute, before it undoes much of what it does not know.
"""

import structlog

from bot.errors import Trouble
from bot.runtime.clock import Clock
from storage.database import Database
from storage.migrations.migration import missing, steps

EVERY = 60.0
NEWER = "SELECT coalesce(max(number), 0), coalesce(max(beside), 0) FROM didtalk_steps WHERE number > $1"

log = structlog.get_logger(__name__)


async def keep_abreast(database: Database, clock: Clock) -> None:
    """Look now and then until cancelled; Broken when a newer program does not want us beside it."""
    known = steps()
    while True:
        await clock.sleep(EVERY)
        try:
            ((version, beside),) = await database.read(NEWER, known[-1].number)
        except Trouble as trouble:  # the database is away, which others say loudly enough
            log.info("steps not compared", why=trouble.sentence)
            continue
        missing(known, version, beside, "of all replicas")
