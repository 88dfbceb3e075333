"""All dates that something waits for, brought nearer at once when the clock was set back."""

from storage.database import Database, Statements

MAX_LEASE_SECONDS = 35.0  # the longest hold of any kind
SHIFT_WAITING = "UPDATE {table} SET due_at = due_at - $1 WHERE owner IS NULL AND due_at > $2"
SHORTEN_LEASES = "UPDATE {table} SET due_at = $1 WHERE owner IS NOT NULL AND due_at > $1"
# Letters do not say whether they are held or wait; a hold is long enough for either.
SHORTEN_INBOX_LEASES = "UPDATE inbox SET due_at = $1 WHERE due_at > $1"


class SqlClockShift:
    """Jobs, notices and letters, in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def move_earlier(self, seconds: float, now: float) -> None:
        """Bring what waits nearer by so many seconds, and let no hold last longer than one that begins now.

        Where other processes may hold something, holds stay: by their clocks, which may be right, one that we cut short
        would be over while they are still at it.
        """

        async def work(statements: Statements) -> None:
            for table in ("jobs", "notices"):
                await statements.run(SHIFT_WAITING.format(table=table), seconds, now)
                if not self._database.shared:
                    await statements.run(SHORTEN_LEASES.format(table=table), now + MAX_LEASE_SECONDS)
            if not self._database.shared:
                await statements.run(SHORTEN_INBOX_LEASES, now + MAX_LEASE_SECONDS)

        await self._database.write(work)
