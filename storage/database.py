"""What a database is to those who keep things in it, so that one set of statements serves every engine.

Statements are standard SQL with `$1, $2 …` for their values; an engine that spells those otherwise translates them.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeVar

Value = str | int | float | None
Row = Sequence[Any]
T = TypeVar("T")


class Statements(Protocol):
    """Runs statements inside one transaction."""

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement and give back its rows."""
        ...

    async def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement once for each row of values."""
        ...


Work = Callable[[Statements], Coroutine[Any, Any, T]]


class Database(Protocol):
    """Keeps rows. What it answered for is on the disk."""

    async def write(self, work: Work[T]) -> T:
        """Do a piece of work wholly or not at all; it must wait for nothing but its statements."""
        ...

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement that writes."""
        ...

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement that only reads; it sees all that was answered for before."""
        ...
