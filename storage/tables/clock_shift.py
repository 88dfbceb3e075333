"""All dates that something waits for, brought nearer at once when the clock was set back."""

from storage.database import Database, Statements

HOLD = 35.0  # the longest hold of any kind
WAITING = "UPDATE {table} SET due_at = due_at - $1 WHERE owner IS NULL AND due_at > $2"
HELD = "UPDATE {table} SET due_at = $1 WHERE owner IS NOT NULL AND due_at > $1"
# Letters do not say whether they are held or wait; a hold is long enough for either.
LETTERS = "UPDATE inbox SET due_at = $1 WHERE due_at > $1"


class SqlDates:
    """Jobs, notices and letters, in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def nearer(self, seconds: float, now: float) -> None:
        """Bring what waits nearer by so many seconds, and let no hold last longer than one that begins now.

        Where other processes may hold something, holds stay: by their clocks, which may be right, one that we cut short
        would be over while they are still at it.
        """

        async def work(statements: Statements) -> None:
            for table in ("jobs", "notices"):
                await statements.run(WAITING.format(table=table), seconds, now)
                if not self._database.shared:
                    await statements.run(HELD.format(table=table), now + HOLD)
            if not self._database.shared:
                await statements.run(LETTERS, now + HOLD)

        await self._database.write(work)
