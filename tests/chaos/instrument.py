"""Watches everything durable that a process does: each transaction, and each file made safe or put in its place.

Nothing of ours is named here: a new step that writes is seen because it writes.
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from bot.jobs.job import Stage
from bot.runtime.wakeups import Bell
from storage.database import Database, Row, Statements, Value, Work
from tests.chaos.points import Gate

T = TypeVar("T")

_WRITES = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) (\w+)")


class Watched:
    """A database whose writes pass a gate: before their commit, and after it but before anybody hears of it."""

    def __init__(self, gate: Gate, database: Database) -> None:
        self._gate = gate
        self._database = database

    @property
    def bell(self) -> Bell:
        """What other processes hear."""
        return self._database.bell

    @property
    def shared(self) -> bool:
        """Whether there may be other processes."""
        return self._database.shared

    async def write(self, work: Work[T], *, single: bool = False) -> T:
        """A transaction; what it is shows in its statements."""
        passage = _Passage(self._gate)

        async def watched(statements: Statements) -> T:
            value = await work(_Noting(statements, passage, at_once=single))
            passage.begin()  # all is said, nothing is committed
            return value

        value = await self._database.write(watched, single=single)
        passage.end()
        return value

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """A transaction of one statement."""
        passage = _Passage(self._gate)
        passage.note(sql, values)
        passage.begin()
        rows = await self._database.run(sql, *values)
        passage.end()
        return rows

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """Reading leaves no trace."""
        return await self._database.read(sql, *values)


class _Passage:
    """One transaction on its way through the gate; one that changes nothing passes unseen."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._changes: list[str] = []
        self._nth = 0

    def note(self, sql: str, values: Sequence[Value]) -> None:
        """A statement that is about to be made."""
        if said := _said(sql, values):
            self._changes.append(said)

    def begin(self) -> None:
        """It is about to be committed; a database may try more than once."""
        if self._changes and not self._nth:
            self._nth = self._gate.before(self._name)

    def end(self) -> None:
        """It is committed."""
        if self._nth:
            self._gate.after(self._name, self._nth)

    @property
    def _name(self) -> str:
        return "write " + ", ".join(dict.fromkeys(self._changes))


class _Noting:
    """Statements that are noted on their way; one that is a transaction by itself is committed as it is made."""

    def __init__(self, statements: Statements, passage: _Passage, *, at_once: bool) -> None:
        self._statements = statements
        self._passage = passage
        self._at_once = at_once

    @property
    def repeated(self) -> bool:
        """Whether it may have been written already."""
        return self._statements.repeated

    @property
    def alone(self) -> bool:
        """Whether nobody writes in between."""
        return self._statements.alone

    async def run(self, sql: str, *values: Value) -> list[Row]:
        self._note(sql, values)
        return await self._statements.run(sql, *values)

    async def change(self, sql: str, *values: Value) -> int:
        self._note(sql, values)
        return await self._statements.change(sql, *values)

    async def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        if rows:
            self._note(sql, rows[0])
        await self._statements.many(sql, rows)

    def _note(self, sql: str, values: Sequence[Value]) -> None:
        self._passage.note(sql, values)
        if self._at_once:
            self._passage.begin()


def watch_files(gate: Gate) -> None:
    """Let every file that is made durable pass a gate. The operating system's door is wrapped, nothing of ours."""
    os.replace = _passing(gate, os.replace, "rename", 1)
    os.rename = _passing(gate, os.rename, "rename", 1)
    os.link = _passing(gate, os.link, "link", 1)
    os.unlink = _passing(gate, os.unlink, "unlink", 0)
    os.fsync = _passing(gate, os.fsync, "fsync", 0)


def _passing(gate: Gate, call: Callable[..., Any], verb: str, which: int) -> Callable[..., Any]:
    def passing(*args: Any, **how: Any) -> Any:
        name = f"file {verb} {_kind(args[which])}"
        nth = gate.before(name)
        value = call(*args, **how)
        gate.after(name, nth)
        return value

    return passing


def _kind(file: Any) -> str:
    """What sort of file it is: its folder and ending, without what makes each unique."""
    path = Path(f"/proc/self/fd/{file}").readlink() if isinstance(file, int) else Path(file)
    return f"{path.name}/" if path.is_dir() else f"{path.parent.name}/*{path.suffix}"


def _said(sql: str, values: Sequence[Value]) -> str:
    """What a statement changes, and the stage a job gets by it."""
    found = _WRITES.match(sql.lstrip())
    stage = next((value.value for value in values if isinstance(value, Stage)), "")
    return f"{found[1].split()[0]} {found[2]} {stage}".rstrip() if found else ""
