"""A hand runs statements on one connection to PostgreSQL."""

from collections.abc import Sequence

from storage.database import Row, Value
from storage.postgres.retry import Connection


class PostgresStatements:
    """Statements of one piece of work."""

    sole_writer = False

    def __init__(self, connection: Connection, is_retry: bool) -> None:
        self._connection = connection
        self.is_retry = is_retry

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement and give back its rows."""
        rows: list[Row] = await self._connection.fetch(sql, *map(_without_nul, values))
        return rows

    async def run_counting(self, sql: str, *values: Value) -> int:
        """Run one statement that gives back no rows; how many it wrote."""
        status: str = await self._connection.execute(sql, *map(_without_nul, values))
        return int(status.rpartition(" ")[2])  # such as INSERT 0 1

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement once for each row of values."""
        if rows:
            await self._connection.executemany(sql, [tuple(map(_without_nul, row)) for row in rows])


def _without_nul(value: Value) -> Value:
    """PostgreSQL keeps every character but one; what people send may hold it all the same."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) and "\0" in value else value
