"""What a database is to those who keep things in it, so that one set of statements serves every engine.

Statements are standard SQL with `$1, $2 …` for their values, and with `FOR UPDATE` where another process could write
between two statements; an engine that spells those otherwise, or has no need of them, translates them.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from bot.runtime.wakeups import Wakeups

Value = str | int | float | None
Row = Sequence[Any]
T = TypeVar("T")


class Statements(Protocol):
    """Runs statements inside one transaction."""

    @property
    def is_retry(self) -> bool:
        """Whether the answer to an earlier try was lost, so that it may have been written already."""
        ...

    @property
    def sole_writer(self) -> bool:
        """Whether nobody else can write between two of these statements."""
        ...

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement and give back its rows."""
        ...

    async def run_counting(self, sql: str, *values: Value) -> int:
        """Run one statement that gives back no rows; how many it wrote."""
        ...

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement once for each row of values."""
        ...


TransactionWork = Callable[[Statements], Coroutine[Any, Any, T]]


class Database(Protocol):
    """Keeps rows. What it answered for is on the disk."""

    @property
    def wakeups(self) -> Wakeups:
        """Heard by every other process that uses the same database."""
        ...

    @property
    def shared(self) -> bool:
        """Whether other processes may use it at the same time."""
        ...

    async def write(self, work: TransactionWork[T], *, single: bool = False) -> T:
        """Do a piece of work wholly or not at all; it must wait for nothing but its statements.

        It may be done more than once: when another process was quicker, and when an answer was lost on the way.
        `single` says that it is one statement, which is a transaction by itself.
        """
        ...

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement that writes."""
        ...

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement that only reads; it sees all that was answered for before."""
        ...
