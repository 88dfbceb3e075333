"""The console's wall in the database that keeps the jobs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.chats.message_store import Edit, Leaf
from bot.runtime.wakeups import WALL
from storage.database import Database, Row, Statements

_COLUMNS = "id, channel, thread, whose, mark, seq, body"
COUNT = "UPDATE console_count SET seq = seq + 1 WHERE only_one = 1 RETURNING seq"
LAST = "SELECT seq FROM console_count WHERE only_one = 1"
PIN = f"INSERT INTO console_leaves ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608 - our own words
EDIT = "UPDATE console_leaves SET seq = $2, body = $3 WHERE id = $1"
GET = f"SELECT {_COLUMNS} FROM console_leaves WHERE id = $1"  # noqa: S608
HELD = f"{GET} FOR UPDATE"
MARKED = f"SELECT {_COLUMNS} FROM console_leaves WHERE mark = $1"  # noqa: S608
_SEEN = "(whose = '' OR whose = $2)"
SINCE = f"SELECT {_COLUMNS} FROM console_leaves WHERE seq > $1 AND {_SEEN} ORDER BY seq LIMIT $3"  # noqa: S608
LATEST = (
    f"SELECT {_COLUMNS} FROM console_leaves WHERE channel = $1 AND {_SEEN}"  # noqa: S608
    " AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4"
)
KEEP = "INSERT INTO console_files (name, body) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET body = excluded.body"
KEPT = "SELECT body FROM console_files WHERE name = $1"
OPEN = (
    "INSERT INTO console_channels (name, opened, body) SELECT $1, count(*), $2 FROM console_channels WHERE 1 = 1"
    " ON CONFLICT (name) DO NOTHING"
)
CHANNELS = "SELECT name, body FROM console_channels ORDER BY opened, name"


class SqlWall:
    """Keeps it in rows; what each method promises stands in `bot.chats.message_store.Wall`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pin(self, leaves: Sequence[Leaf]) -> list[Leaf]:
        """Keep new leaves; for each whose mark is already there, give back the one that bears it."""

        async def work(statements: Statements) -> list[Leaf]:
            return [await _pin(statements, leaf) for leaf in leaves]

        pinned = await self._database.write(work)
        self._database.bell.ring(WALL)
        return pinned

    async def edit(self, leaf: str, edit: Edit) -> Leaf | None:
        """Change the body of a leaf, unless `edit` says None; the leaf as it is then, None when there is none."""

        async def work(statements: Statements) -> Leaf | None:
            old = _one(await statements.run(HELD, leaf))
            body = edit(old) if old else None
            if old is None or body is None:
                return old
            seq = (await statements.run(COUNT))[0][0]
            await statements.run(EDIT, leaf, seq, _json(body))
            return Leaf(old.id, old.channel, body, old.thread, old.whose, old.mark, seq)

        changed = await self._database.write(work)
        self._database.bell.ring(WALL)
        return changed

    async def get(self, leaf: str) -> Leaf | None:
        """One leaf by its id."""
        return _one(await self._database.read(GET, leaf))

    async def marked(self, mark: str) -> Leaf | None:
        """The leaf that bears a mark."""
        return _one(await self._database.read(MARKED, mark))

    async def since(self, seq: int, whose: str, limit: int) -> list[Leaf]:
        """What this person may see of what changed after a number, oldest change first."""
        return [_leaf(row) for row in await self._database.read(SINCE, seq, whose, limit)]

    async def latest(self, channel: str, whose: str, before: str, limit: int) -> list[Leaf]:
        """The newest leaves of a channel before an id, oldest first, with the ones their threads began with."""
        found = [_leaf(row) for row in await self._database.read(LATEST, channel, whose, before, limit)]
        known = {leaf.id for leaf in found}
        missing = dict.fromkeys(leaf.thread for leaf in found if leaf.thread and leaf.thread not in known)
        roots = [root for each in missing if (root := await self.get(each))]
        return sorted([*roots, *found], key=lambda leaf: leaf.id)

    async def last(self) -> int:
        """The number of the last change."""
        return int((await self._database.read(LAST))[0][0])

    async def keep(self, key: str, facts: Mapping[str, Any]) -> None:
        """Keep what is known of a file on the shelf."""
        await self._database.run(KEEP, key, _json(facts))

    async def kept(self, key: str) -> Mapping[str, Any] | None:
        """What is known of a file."""
        rows = await self._database.read(KEPT, key)
        return dict(json.loads(rows[0][0])) if rows else None

    async def open_channel(self, name: str, facts: Mapping[str, Any]) -> None:
        """Keep a channel, unless there is one of that name."""
        await self._database.run(OPEN, name, _json(facts))

    async def channels(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Every channel, oldest first."""
        return [(name, json.loads(body)) for name, body in await self._database.read(CHANNELS)]


async def _pin(statements: Statements, leaf: Leaf) -> Leaf:
    if leaf.mark and (there := _one(await statements.run(MARKED, leaf.mark))):
        return there
    seq = (await statements.run(COUNT))[0][0]
    await statements.run(PIN, leaf.id, leaf.channel, leaf.thread, leaf.whose, leaf.mark, seq, _json(leaf.body))
    return Leaf(leaf.id, leaf.channel, leaf.body, leaf.thread, leaf.whose, leaf.mark, seq)


def _one(rows: Sequence[Row]) -> Leaf | None:
    return _leaf(rows[0]) if rows else None


def _leaf(row: Row) -> Leaf:
    id_, channel, thread, whose, mark, seq, body = row
    return Leaf(id_, channel, json.loads(body), thread, whose, mark, seq)


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
