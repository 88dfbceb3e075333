"""Due dates moved earlier when the clock was set back."""

from storage.database import Database, Statements

MAX_LEASE_SECONDS = 35.0  # the longest lease of any kind
SHIFT_WAITING = "UPDATE {table} SET due_at = due_at - $1 WHERE owner IS NULL AND due_at > $2"
SHORTEN_LEASES = "UPDATE {table} SET due_at = $1 WHERE owner IS NOT NULL AND due_at > $1"


class SqlClockShift:
    """Jobs, notices and received events, in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def move_earlier(self, seconds: float, now: float) -> None:
        """Move what waits earlier by so many seconds, and let no lease last longer than one that begins now.

        Where other processes may have leases, leases stay: by their clocks, which may be right, a shortened lease would
        be over while they still work.
        """

        async def work(statements: Statements) -> None:
            for table in ("jobs", "leased_queue"):
                await statements.run(SHIFT_WAITING.format(table=table), seconds, now)
                if not self._database.shared:
                    await statements.run(SHORTEN_LEASES.format(table=table), now + MAX_LEASE_SECONDS)

        await self._database.write(work)
