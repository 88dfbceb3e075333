"""Watches everything durable that a process does: each transaction, and each file made safe or put in its place.

Nothing of ours is named here: a new step that writes is seen because it writes.
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from bot.bell import Bell
from bot.jobs import Stage
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
        """The bell of what is watched."""
        return self._database.bell

    @property
    def shared(self) -> bool:
        """Whether others may use it too."""
        return self._database.shared

    async def write(self, work: Work[T], *, single: bool = False) -> T:
        """A transaction; what it is shows in its statements."""
        noted: list[str] = []
        nth = 0

        async def watched(statements: Statements) -> T:
            nonlocal nth
            value = await work(_Noting(statements, noted))
            if noted:
                nth = self._gate.before(_name(noted))  # all is said, nothing is committed
            return value

        value = await self._database.write(watched, single=single)
        if noted:
            self._gate.after(_name(noted), nth)
        return value

    async def run(self, sql: str, *values: Value) -> list[Row]:
        """A transaction of one statement."""
        name = _name([_said(sql, values)])
        nth = self._gate.before(name)
        rows = await self._database.run(sql, *values)
        self._gate.after(name, nth)
        return rows

    async def read(self, sql: str, *values: Value) -> list[Row]:
        """Reading leaves no trace."""
        return await self._database.read(sql, *values)


class _Noting:
    """Statements that note what they change."""

    def __init__(self, statements: Statements, noted: list[str]) -> None:
        self._statements = statements
        self._noted = noted

    @property
    def repeated(self) -> bool:
        return self._statements.repeated

    async def run(self, sql: str, *values: Value) -> list[Row]:
        if said := _said(sql, values):
            self._noted.append(said)
        return await self._statements.run(sql, *values)

    async def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        if rows and (said := _said(sql, rows[0])):
            self._noted.append(said)
        await self._statements.many(sql, rows)


def watch_files(gate: Gate) -> None:
    """Let every file that is made durable pass a gate. The operating system's door is wrapped, nothing of ours."""
    os.replace = _passing(gate, os.replace, "rename", 1)
    os.rename = _passing(gate, os.rename, "rename", 1)
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


def _name(noted: list[str]) -> str:
    return "write " + ", ".join(dict.fromkeys(each for each in noted if each))


def _said(sql: str, values: Sequence[Value]) -> str:
    """What a statement changes, and the stage a job gets by it."""
    found = _WRITES.match(sql.lstrip())
    stage = next((value.value for value in values if isinstance(value, Stage)), "")
    return f"{found[1].split()[0]} {found[2]} {stage}".rstrip() if found else ""
