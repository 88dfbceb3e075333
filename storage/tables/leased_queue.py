"""Items that one process at a time handles: notices to post, events received from chats.

An item is leased by moving its due date, so that the item of a dead process becomes due by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.database import Database, Statements

INSERT_ITEM = (
    "INSERT INTO leased_queue (queue, key, created_at, due_at, body) VALUES ($1, $2, $3, $3, $4)"
    " ON CONFLICT (queue, key) DO NOTHING"
)
INSERT_ITEM_RETURNING = f"{INSERT_ITEM} RETURNING key"
SELECT_DUE_ITEMS = (
    "SELECT key, posting, attempts, body FROM leased_queue WHERE queue = $1 AND due_at <= $2"
    " ORDER BY due_at, key LIMIT $3 FOR UPDATE SKIP LOCKED"
)
LEASE_ITEM = "UPDATE leased_queue SET owner = $3, due_at = $4, attempts = attempts + $5 WHERE queue = $1 AND key = $2"
RENEW_ITEM = "UPDATE leased_queue SET due_at = $4 WHERE queue = $1 AND key = $2 AND owner = $3"
MARK_ITEM_POSTING = (
    "UPDATE leased_queue SET posting = 1, due_at = $4 WHERE queue = $1 AND key = $2 AND owner = $3 RETURNING key"
)
RETRY_ITEM = (
    "UPDATE leased_queue SET due_at = $4, owner = NULL, posting = CASE WHEN $5 = 1 THEN posting ELSE 0 END,"
    " attempts = attempts + $6"
    " WHERE queue = $1 AND key = $2 AND owner = $3"
)
FINISH_ITEM = "UPDATE leased_queue SET due_at = NULL, owner = NULL, body = '' WHERE queue = $1 AND key = $2"
SELECT_NEXT_DUE_ITEM = "SELECT min(due_at) FROM leased_queue WHERE queue = $1 AND due_at IS NOT NULL"
DELETE_DONE_ITEMS = "DELETE FROM leased_queue WHERE queue = $1 AND due_at IS NULL AND created_at < $2"


@dataclass(frozen=True)
class LeasedItem:
    """One item as it was claimed."""

    key: str
    body: str
    attempts: int
    posting: bool


class LeasedQueue:
    """Queues of one database. Every method is one transaction.

    `attempts` counts the claims before, or with `count_retries` only the attempts that ended with `retry_later`.
    """

    def __init__(self, database: Database, *, count_retries: bool = False) -> None:
        self._database = database
        self._count_retries = count_retries

    async def add(self, queue: str, key: str, body: str, due_at: float) -> bool:
        """Keep an item durably; False when its key was ever kept before."""
        return bool(await self._database.run(INSERT_ITEM_RETURNING, queue, key, due_at, body))

    async def add_many(self, queue: str, items: Sequence[tuple[str, str, float]]) -> None:
        """Keep items (key, body, due date) durably, all or none; keys ever kept before are skipped."""
        rows = [(queue, key, due_at, body) for key, body, due_at in items]
        await self._database.write(lambda statements: statements.run_many(INSERT_ITEM, rows))

    async def claim(self, queue: str, owner: str, now: float, until: float, limit: int) -> list[LeasedItem]:
        """Lease items that are due, the oldest first."""

        async def work(statements: Statements) -> list[LeasedItem]:
            rows = await statements.run(SELECT_DUE_ITEMS, queue, now, limit)
            counted = int(not self._count_retries)
            await statements.run_many(LEASE_ITEM, [(queue, row[0], owner, until, counted) for row in rows])
            return [LeasedItem(key, body, attempts, bool(posting)) for key, posting, attempts, body in rows]

        return await self._database.write(work)

    async def renew(self, queue: str, owner: str, keys: Sequence[str], until: float) -> None:
        """Extend the leases that the owner still has."""
        rows = [(queue, key, owner, until) for key in keys]
        await self._database.write(lambda statements: statements.run_many(RENEW_ITEM, rows))

    async def mark_posting(self, queue: str, key: str, owner: str, until: float) -> bool:
        """Record that an item is about to be posted, and extend its lease; False when the owner lost it."""
        return bool(await self._database.run(MARK_ITEM_POSTING, queue, key, owner, until))

    async def retry_later(self, queue: str, key: str, owner: str, due_at: float, *, maybe_posted: bool = False) -> None:
        """Give the item back until then, if the owner still has it. `maybe_posted` keeps the record of a post begun."""
        await self._database.run(RETRY_ITEM, queue, key, owner, due_at, int(maybe_posted), int(self._count_retries))

    async def done(self, queue: str, key: str) -> None:
        """The item is never due again. Its key stays, its body is deleted."""
        await self._database.run(FINISH_ITEM, queue, key)

    async def next_due(self, queue: str) -> float | None:
        """When the next item is due."""
        ((due_at,),) = await self._database.read(SELECT_NEXT_DUE_ITEM, queue)
        return due_at if due_at is None else float(due_at)

    async def prune(self, queue: str, before: float) -> None:
        """Delete the keys of items that are done and older than that."""
        await self._database.run(DELETE_DONE_ITEMS, queue, before)
