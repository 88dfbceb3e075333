"""Letters as rows; what each method promises stands in `bot.chats.inbox.Inbox`."""

import json
from collections.abc import Sequence
from typing import Any

from bot.chats.inbox import InboxEvent
from storage.database import Database, Statements

INSERT_INBOX_EVENT = (
    "INSERT INTO inbox (chat, name, came_at, due_at, body) VALUES ($1, $2, $3, $3, $4)"
    " ON CONFLICT (chat, name) DO NOTHING RETURNING name"
)
SELECT_DUE_EVENTS = (
    "SELECT name, tries, body FROM inbox WHERE chat = $1 AND due_at <= $2 ORDER BY due_at, name LIMIT $3"
    " FOR UPDATE SKIP LOCKED"
)
LEASE_INBOX_EVENT = "UPDATE inbox SET due_at = $3, tries = tries + 1 WHERE chat = $1 AND name = $2"
FINISH_INBOX_EVENT = "UPDATE inbox SET due_at = NULL, body = '' WHERE chat = $1 AND name = $2"
RESCHEDULE_INBOX_EVENT = "UPDATE inbox SET due_at = $3 WHERE chat = $1 AND name = $2 AND due_at IS NOT NULL"
DELETE_DONE_EVENTS = "DELETE FROM inbox WHERE chat = $1 AND due_at IS NULL AND came_at < $2"


class SqlInbox:
    """Keeps letters in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, chat: str, key: str, body: dict[str, Any], now: float) -> bool:
        """Keep a letter durably; False when its key was kept before."""
        written = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return bool(await self._database.run(INSERT_INBOX_EVENT, chat, key, now, written))

    async def claim_due(self, chat: str, now: float, until: float, limit: int) -> list[InboxEvent]:
        """Hold letters that are due until that moment, the oldest first."""

        async def work(statements: Statements) -> list[InboxEvent]:
            rows = await statements.run(SELECT_DUE_EVENTS, chat, now, limit)
            await statements.run_many(LEASE_INBOX_EVENT, [(chat, name, until) for name, _, _ in rows])
            return [InboxEvent(name, json.loads(body), tries) for name, tries, body in rows]

        return await self._database.write(work)

    async def renew(self, chat: str, keys: Sequence[str], until: float) -> None:
        """Hold letters for longer, those of them that are not done."""
        await self._database.write(
            lambda statements: statements.run_many(RESCHEDULE_INBOX_EVENT, [(chat, key, until) for key in keys])
        )

    async def mark_done(self, chat: str, key: str) -> None:
        """The letter needs nothing more; its key stays known and its words are forgotten."""
        await self._database.run(FINISH_INBOX_EVENT, chat, key)

    async def retry_at(self, chat: str, key: str, due_at: float) -> None:
        """Try again then."""
        await self._database.run(RESCHEDULE_INBOX_EVENT, chat, key, due_at)

    async def delete_done(self, chat: str, before: float) -> None:
        """Forget the keys of what was done and came before that moment."""
        await self._database.run(DELETE_DONE_EVENTS, chat, before)
