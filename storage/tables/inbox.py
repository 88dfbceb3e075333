"""Events received from chats, in a leased queue per chat."""

import json
from collections.abc import Sequence
from typing import Any

from bot.chats.inbox import InboxEvent
from bot.jobs.job import new_id
from storage.database import Database
from storage.tables.leased_queue import LeasedQueue


class SqlInbox:
    """See `bot.chats.inbox.Inbox` for what each method promises."""

    def __init__(self, database: Database) -> None:
        self._queue = LeasedQueue(database)
        self._owner = new_id()

    async def add(self, chat: str, key: str, body: dict[str, Any], now: float) -> bool:
        return await self._queue.add(chat, key, json.dumps(body, ensure_ascii=False, separators=(",", ":")), now)

    async def claim_due(self, chat: str, now: float, until: float, limit: int) -> list[InboxEvent]:
        items = await self._queue.claim(chat, self._owner, now, until, limit)
        return [InboxEvent(item.key, json.loads(item.body), item.attempts) for item in items]

    async def renew(self, chat: str, keys: Sequence[str], until: float) -> None:
        await self._queue.renew(chat, self._owner, keys, until)

    async def mark_done(self, chat: str, key: str) -> None:
        await self._queue.done(chat, key)

    async def retry_at(self, chat: str, key: str, due_at: float) -> None:
        await self._queue.retry_later(chat, key, self._owner, due_at)

    async def delete_done(self, chat: str, before: float) -> None:
        await self._queue.prune(chat, before)
