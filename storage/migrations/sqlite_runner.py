"""Brings a database file up to this program, one numbered file after another and never back."""

from pathlib import Path

import aiosqlite

from bot.errors import Broken
from storage.migrations.migration import APPLIED, Step, missing, steps

_OURS = 0x44544C4B  # "DTLK" in the file's header, to know our own database from another program's


async def migrate(connection: aiosqlite.Connection, path: Path, known: list[Step] | None = None) -> list[str]:
    """Apply what is missing, each step wholly or not at all; the names of what was applied."""
    known = steps() if known is None else known
    version = await _number(connection, "PRAGMA user_version")
    await _ours(connection, version, path)
    todo = missing(known, version, await _beside(connection, known[-1].number, version), str(path))
    for step in todo:
        await _apply(connection, step)
    return [step.name for step in todo]


async def _beside(connection: aiosqlite.Connection, newest: int, version: int) -> int:
    """The oldest step that a program must know, after those that this one does not."""
    if version <= newest:
        return 0
    if not await _number(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'didtalk_steps'"):
        return version
    sql = f"SELECT coalesce(max(beside), {version}) FROM didtalk_steps WHERE number > {newest}"  # noqa: S608 - numbers
    return await _number(connection, sql)


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
        f"BEGIN IMMEDIATE;\n{APPLIED}\n{step.sql}\n{step.record}\n"
        f"PRAGMA application_id = {_OURS};\nPRAGMA user_version = {step.number};\nCOMMIT;"
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
