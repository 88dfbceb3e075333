"""Watches everything durable that a process does: each transaction, and each file made safe or put in its place.

Nothing of ours is named here: a new step that writes is seen because it writes.
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from bot.jobs.job import Stage
from bot.runtime.wakeups import Wakeups
from storage.database import Database, Row, Statements, TransactionWork, Value
from tests.kill_tests.bot_control.kill_points import KillGate

T = TypeVar("T")

_WRITE_PATTERN = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) (\w+)")


class GatedDatabase:
    """A database whose writes pass a gate: before their commit, and after it but before anybody hears of it."""

    def __init__(self, gate: KillGate, database: Database) -> None:
        self._gate = gate
        self._database = database

    @property
    def applied_migrations(self) -> list[str]:
        return self._database.applied_migrations

    @property
    def wakeups(self) -> Wakeups:
        """What other processes hear."""
        return self._database.wakeups

    @property
    def shared(self) -> bool:
        """Whether there may be other processes."""
        return self._database.shared

    async def write(self, work: TransactionWork[T], *, single: bool = False) -> T:
        """A transaction; what it is shows in its statements."""
        passage = _GatedTransaction(self._gate)

        async def gated_work(statements: Statements) -> T:
            value = await work(_RecordedStatements(statements, passage, at_once=single))
            passage.before_commit()  # all is said, nothing is committed
            return value

        value = await self._database.write(gated_work, single=single)
        passage.after_commit()
        return value

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """A transaction of one statement."""
        passage = _GatedTransaction(self._gate)
        passage.record_statement(sql, values)
        passage.before_commit()
        rows = await self._database.run(sql, *values)
        passage.after_commit()
        return rows

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """Reading leaves no trace."""
        return await self._database.read(sql, *values)


class _GatedTransaction:
    """One transaction on its way through the gate; one that changes nothing passes unseen."""

    def __init__(self, gate: KillGate) -> None:
        self._gate = gate
        self._changes: list[str] = []
        self._nth = 0

    def record_statement(self, sql: str, values: Sequence[Value]) -> None:
        """A statement that is about to be made."""
        if change := _describe_change(sql, values):
            self._changes.append(change)

    def before_commit(self) -> None:
        """It is about to be committed; a database may try more than once."""
        if self._changes and not self._nth:
            self._nth = self._gate.before(self._label)

    def after_commit(self) -> None:
        """It is committed."""
        if self._nth:
            self._gate.after(self._label, self._nth)

    @property
    def _label(self) -> str:
        return "write " + ", ".join(dict.fromkeys(self._changes))


class _RecordedStatements:
    """Statements that are noted on their way; one that is a transaction by itself is committed as it is made."""

    def __init__(self, statements: Statements, passage: _GatedTransaction, *, at_once: bool) -> None:
        self._statements = statements
        self._transaction = passage
        self._commits_each = at_once

    @property
    def is_retry(self) -> bool:
        """Whether it may have been written already."""
        return self._statements.is_retry

    @property
    def sole_writer(self) -> bool:
        """Whether nobody writes in between."""
        return self._statements.sole_writer

    async def run(self, sql: str, *values: Value) -> list[Row]:
        self._record_statement(sql, values)
        return await self._statements.run(sql, *values)

    async def run_counting(self, sql: str, *values: Value) -> int:
        self._record_statement(sql, values)
        return await self._statements.run_counting(sql, *values)

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        if rows:
            self._record_statement(sql, rows[0])
        await self._statements.run_many(sql, rows)

    def _record_statement(self, sql: str, values: Sequence[Value]) -> None:
        self._transaction.record_statement(sql, values)
        if self._commits_each:
            self._transaction.before_commit()


def gate_files(gate: KillGate) -> None:
    """Let every file that is made durable pass a gate. The operating system's door is wrapped, nothing of ours."""
    os.replace = _gated_call(gate, os.replace, "rename", 1)
    os.rename = _gated_call(gate, os.rename, "rename", 1)
    os.link = _gated_call(gate, os.link, "link", 1)
    os.unlink = _gated_call(gate, os.unlink, "unlink", 0)
    os.fsync = _gated_call(gate, os.fsync, "fsync", 0)


def _gated_call(gate: KillGate, call: Callable[..., Any], verb: str, which: int) -> Callable[..., Any]:
    def gated(*args: Any, **how: Any) -> Any:
        name = f"file {verb} {_file_kind(args[which])}"
        nth = gate.before(name)
        value = call(*args, **how)
        gate.after(name, nth)
        return value

    return gated


def _file_kind(file: Any) -> str:
    """What sort of file it is: its folder and ending, without what makes each unique."""
    path = Path(f"/proc/self/fd/{file}").readlink() if isinstance(file, int) else Path(file)
    return f"{path.name}/" if path.is_dir() else f"{path.parent.name}/*{path.suffix}"


def _describe_change(sql: str, values: Sequence[Value]) -> str:
    """What a statement changes, and the stage a job gets by it."""
    found = _WRITE_PATTERN.match(sql.lstrip())
    stage = next((value.value for value in values if isinstance(value, Stage)), "")
    return f"{found[1].split()[0]} {found[2]} {stage}".rstrip() if found else ""
