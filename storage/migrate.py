"""Brings a database up to this program, one numbered file after another and never back."""

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import aiosqlite

from bot.errors import Broken

_NAME = re.compile(r"(\d{4})_\w+\.sql")
_OURS = 0x44544C4B  # "DTLK" in the file's header, to know our own database from another program's


@dataclass(frozen=True)
class Step:
    """One numbered file."""

    number: int
    name: str
    sql: str


def steps() -> list[Step]:
    """Every step this program knows, first to last."""
    found = [(match, file) for file in files("storage.migrations").iterdir() if (match := _NAME.fullmatch(file.name))]
    return sorted(
        (Step(int(match[1]), file.name, file.read_text("utf-8")) for match, file in found), key=lambda step: step.number
    )


async def migrate(connection: aiosqlite.Connection, path: Path, known: list[Step] | None = None) -> list[str]:
    """Apply what is missing, each step wholly or not at all; the names of what was applied."""
    known = steps() if known is None else known
    version = await _number(connection, "PRAGMA user_version")
    await _ours(connection, version, path)
    newest = known[-1].number
    if version > newest:
        raise Broken(
            f"The database {path} was written by a newer didtalk (format {version}; this one knows {newest}). "
            "Update didtalk, or give this one its own DIDTALK_DATA_DIR."
        )
    missing = [step for step in known if step.number > version]
    for step in missing:
        await _apply(connection, step)
    return [step.name for step in missing]


async def _ours(connection: aiosqlite.Connection, version: int, path: Path) -> None:
    tables = await _number(connection, "SELECT count(*) FROM sqlite_master")
    if tables and await _number(connection, "PRAGMA application_id") != _OURS:
        raise Broken(
            f"The database {path} belongs to another program (format {version}). "
            "Move it away, or set DIDTALK_DATABASE_URL to another file."
        )


async def _apply(connection: aiosqlite.Connection, step: Step) -> None:
    # Python's executescript commits whatever is open before it begins, so the transaction is part of the script.
    script = (
        f"BEGIN IMMEDIATE;\n{step.sql}\nPRAGMA application_id = {_OURS};\nPRAGMA user_version = {step.number};\nCOMMIT;"
    )
    try:
        await connection.executescript(script)
    except BaseException:
        if connection.in_transaction:
            await connection.rollback()
        raise


async def _number(connection: aiosqlite.Connection, sql: str) -> int:
    (row,) = await connection.execute_fetchall(sql)
    return int(row[0])
