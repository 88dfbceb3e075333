"""The interface of a database, so that one set of statements serves every engine.

Statements are standard SQL with `$1, $2 …` for values, and with `FOR UPDATE` where another process could write between
two statements. An engine translates what it spells differently.
"""

import json
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from bot.runtime.wakeups import Wakeups

Value = str | int | float | None
Row = Sequence[Any]
T = TypeVar("T")
to_json = partial(json.dumps, ensure_ascii=False, allow_nan=False, separators=(",", ":"))  # for a JSON column


class Statements(Protocol):
    """Runs statements inside one transaction."""

    @property
    def is_retry(self) -> bool:
        """Whether the answer to an earlier attempt was lost, which may have been written."""
        ...

    @property
    def sole_writer(self) -> bool:
        """Whether no other process can write between two of these statements."""
        ...

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """The rows of one statement."""
        ...

    async def run_counting(self, sql: str, *values: Value) -> int:
        """The number of rows one statement wrote."""
        ...

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement once for each row of values."""
        ...


TransactionWork = Callable[[Statements], Coroutine[Any, Any, T]]


class Database(Protocol):
    """Stores rows. When a write returns, it is on the disk."""

    @property
    def applied_migrations(self) -> list[str]:
        """The names of those applied when it was opened."""
        ...

    @property
    def wakeups(self) -> Wakeups:
        """Reaches every other process that uses the same database."""
        ...

    @property
    def shared(self) -> bool:
        """Whether other processes may use it at the same time."""
        ...

    async def write(self, work: TransactionWork[T], *, single: bool = False) -> T:
        """Run work in one transaction. It must wait for nothing but its statements.

        It may run more than once: after a conflict with another process, and after a lost answer. `single` says that
        it is one statement, which is a transaction by itself.
        """
        ...

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement that writes."""
        ...

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement that only reads; it sees all writes that returned before."""
        ...
