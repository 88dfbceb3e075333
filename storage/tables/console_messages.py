"""The console's messages, channels and files as rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.chats.message_store import EditMessage, StoredMessage
from bot.runtime.wakeups import WAKE_MESSAGES
from storage.database import Database, Row, Statements, to_json

_MESSAGE_COLUMNS = "id, channel, thread, visible_to, unique_key, seq, body"
NEXT_CHANGE_NUMBER = "UPDATE console_changes SET last_seq = last_seq + 1 WHERE only_row = 1 RETURNING last_seq"
SELECT_LAST_CHANGE = "SELECT last_seq FROM console_changes WHERE only_row = 1"
INSERT_STORED_MESSAGE = f"INSERT INTO console_messages ({_MESSAGE_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608 - our own columns
UPDATE_STORED_MESSAGE = "UPDATE console_messages SET seq = $2, body = $3 WHERE id = $1"
SELECT_STORED_MESSAGE = f"SELECT {_MESSAGE_COLUMNS} FROM console_messages WHERE id = $1"  # noqa: S608
LOCK_STORED_MESSAGE = f"{SELECT_STORED_MESSAGE} FOR UPDATE"
SELECT_BY_UNIQUE_KEY = f"SELECT {_MESSAGE_COLUMNS} FROM console_messages WHERE unique_key = $1"  # noqa: S608
_VISIBLE_TO_USER = "(visible_to = '' OR visible_to = $2)"
SELECT_CHANGED_MESSAGES = (
    f"SELECT {_MESSAGE_COLUMNS} FROM console_messages WHERE seq > $1 AND {_VISIBLE_TO_USER} ORDER BY seq LIMIT $3"  # noqa: S608
)
SELECT_LATEST_MESSAGES = (
    f"SELECT {_MESSAGE_COLUMNS} FROM console_messages WHERE channel = $1 AND {_VISIBLE_TO_USER}"  # noqa: S608
    " AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4"
)
UPSERT_FILE_FACTS = (
    "INSERT INTO console_files (key, facts) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET facts = excluded.facts"
)
SELECT_FILE_FACTS = "SELECT facts FROM console_files WHERE key = $1"
INSERT_CHANNEL = (
    "INSERT INTO console_channels (name, position, facts) SELECT $1, count(*), $2 FROM console_channels WHERE 1 = 1"
    " ON CONFLICT (name) DO NOTHING"
)
SELECT_CHANNELS = "SELECT name, facts FROM console_channels ORDER BY position, name"


class SqlMessageStore:
    """See `bot.chats.message_store.MessageStore` for what each method promises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, messages: Sequence[StoredMessage]) -> list[StoredMessage]:
        async def work(statements: Statements) -> list[StoredMessage]:
            return [await _insert_message(statements, message) for message in messages]

        stored = await self._database.write(work)
        self._database.wakeups.notify(WAKE_MESSAGES)
        return stored

    async def edit(self, message: str, edit: EditMessage) -> StoredMessage | None:
        async def work(statements: Statements) -> StoredMessage | None:
            old = _first_message(await statements.run(LOCK_STORED_MESSAGE, message))
            body = edit(old) if old else None
            if old is None or body is None:
                return old
            seq = (await statements.run(NEXT_CHANGE_NUMBER))[0][0]
            await statements.run(UPDATE_STORED_MESSAGE, message, seq, to_json(body))
            return replace(old, body=body, seq=seq)

        changed = await self._database.write(work)
        self._database.wakeups.notify(WAKE_MESSAGES)
        return changed

    async def get(self, message: str) -> StoredMessage | None:
        return _first_message(await self._database.read(SELECT_STORED_MESSAGE, message))

    async def find_by_key(self, unique_key: str) -> StoredMessage | None:
        return _first_message(await self._database.read(SELECT_BY_UNIQUE_KEY, unique_key))

    async def changes_since(self, seq: int, visible_to: str, limit: int) -> list[StoredMessage]:
        rows = await self._database.read(SELECT_CHANGED_MESSAGES, seq, visible_to, limit)
        return [_message_from_row(row) for row in rows]

    async def latest_in_channel(self, channel: str, visible_to: str, before: str, limit: int) -> list[StoredMessage]:
        rows = await self._database.read(SELECT_LATEST_MESSAGES, channel, visible_to, before, limit)
        latest = [_message_from_row(row) for row in rows]
        missing = {message.thread for message in latest} - {message.id for message in latest} - {""}
        roots = [root for root_id in missing if (root := await self.get(root_id))]
        return sorted([*roots, *latest], key=lambda message: message.id)

    async def last_change(self) -> int:
        return int((await self._database.read(SELECT_LAST_CHANGE))[0][0])

    async def save_file_facts(self, key: str, facts: Mapping[str, Any]) -> None:
        await self._database.run(UPSERT_FILE_FACTS, key, to_json(facts))

    async def file_facts(self, key: str) -> Mapping[str, Any] | None:
        rows = await self._database.read(SELECT_FILE_FACTS, key)
        return dict(json.loads(rows[0][0])) if rows else None

    async def add_channel(self, name: str, facts: Mapping[str, Any]) -> None:
        await self._database.run(INSERT_CHANNEL, name, to_json(facts))

    async def list_channels(self) -> list[tuple[str, Mapping[str, Any]]]:
        return [(name, json.loads(body)) for name, body in await self._database.read(SELECT_CHANNELS)]


async def _insert_message(statements: Statements, message: StoredMessage) -> StoredMessage:
    if message.unique_key and (
        existing := _first_message(await statements.run(SELECT_BY_UNIQUE_KEY, message.unique_key))
    ):
        return existing
    seq = (await statements.run(NEXT_CHANGE_NUMBER))[0][0]
    await statements.run(
        INSERT_STORED_MESSAGE,
        message.id,
        message.channel,
        message.thread,
        message.visible_to,
        message.unique_key,
        seq,
        to_json(message.body),
    )
    return replace(message, seq=seq)


def _first_message(rows: Sequence[Row]) -> StoredMessage | None:
    return _message_from_row(rows[0]) if rows else None


def _message_from_row(row: Row) -> StoredMessage:
    id_, channel, thread, visible_to, unique_key, seq, body = row
    return StoredMessage(id_, channel, json.loads(body), thread, visible_to, unique_key, seq)
