"""Leased queues (events received from chats, notices to post), and the subscriptions that notices come from.

An item is leased by moving its due date, so that the item of a dead process becomes due by itself.
"""

import json
from collections.abc import Sequence
from typing import Any

from bot.chats.inbox import InboxEvent
from bot.jobs.job import Place
from bot.notices.subscriptions import Notice, Subscription, Topic
from bot.runtime.wakeups import WAKE_NOTICES
from storage.database import Database, Row, Statements, Value, to_json

INSERT_ITEM = (
    "INSERT INTO leased_queue (queue, key, created_at, due_at, body) VALUES ($1, $2, $3, $3, $4)"
    " ON CONFLICT (queue, key) DO NOTHING"
)
INSERT_ITEM_RETURNING = f"{INSERT_ITEM} RETURNING key"
# Items that another process is claiming are skipped, not waited for.
CLAIM_DUE_ITEMS = (
    "WITH due AS MATERIALIZED (SELECT key, due_at AS since FROM leased_queue WHERE queue = $1 AND due_at <= $2"
    " ORDER BY due_at, key LIMIT $3 FOR UPDATE SKIP LOCKED)"
    " UPDATE leased_queue SET owner = $4, due_at = $5, tries = tries + $6 FROM due"
    " WHERE leased_queue.queue = $1 AND leased_queue.key = due.key"
    " RETURNING (SELECT since FROM due WHERE due.key = leased_queue.key), leased_queue.key, body, tries - $6, posting"
)
RENEW_ITEM = "UPDATE leased_queue SET due_at = $4 WHERE queue = $1 AND key = $2 AND owner = $3"
MARK_ITEM_POSTING = (
    "UPDATE leased_queue SET posting = 1, due_at = $4 WHERE queue = $1 AND key = $2 AND owner = $3 RETURNING key"
)
RETRY_ITEM = (
    "UPDATE leased_queue SET due_at = $4, owner = NULL, posting = CASE WHEN $5 = 1 THEN posting ELSE 0 END,"
    " tries = tries + $6"
    " WHERE queue = $1 AND key = $2 AND owner = $3"
)
FINISH_ITEM = "UPDATE leased_queue SET due_at = NULL, owner = NULL, body = '' WHERE queue = $1 AND key = $2"
SELECT_NEXT_DUE_ITEM = "SELECT min(due_at) FROM leased_queue WHERE queue = $1 AND due_at IS NOT NULL"
DELETE_DONE_ITEMS = "DELETE FROM leased_queue WHERE queue = $1 AND due_at IS NULL AND created_at < $2"

UPSERT_SUBSCRIPTION = (
    "INSERT INTO subscriptions (place_key, topic, platform, workspace, paused, body) VALUES ($1, $2, $3, $4, 0, $5)"
    " ON CONFLICT (place_key, topic) DO UPDATE SET paused = 0, body = excluded.body"
)
SELECT_CHANNEL_SUBSCRIPTIONS = "SELECT body FROM subscriptions WHERE place_key = $1 ORDER BY topic"
LOCK_CHANNEL_SUBSCRIPTIONS = f"{SELECT_CHANNEL_SUBSCRIPTIONS} FOR UPDATE"
DELETE_SUBSCRIPTION = "DELETE FROM subscriptions WHERE place_key = $1 AND topic = $2 RETURNING body"
SELECT_SUBSCRIBERS = (
    "SELECT body FROM subscriptions WHERE topic = $1 AND paused = 0 AND (CAST($2 AS TEXT) IS NULL OR platform = $2)"
    " AND (CAST($3 AS TEXT) IS NULL OR workspace = $3) ORDER BY place_key"
)
PAUSE_SUBSCRIPTION = "UPDATE subscriptions SET paused = 1, body = $3 WHERE place_key = $1 AND topic = $2 AND paused = 0"
NOTICE_QUEUE = "notices"


class SqlLeasedQueue:
    """Queues of one database; an `Inbox` for the events of chats. Every method is one transaction.

    `tries` counts the claims before, or with `count_retries` only those that ended with `retry_at`.
    """

    def __init__(self, database: Database, *, count_retries: bool = False) -> None:
        self._database = database
        self._count_retries = count_retries

    async def add(self, queue: str, key: str, body: dict[str, Any], now: float) -> bool:
        return bool(await self._database.run(INSERT_ITEM_RETURNING, queue, key, now, to_json(body)))

    async def add_many(self, queue: str, items: Sequence[tuple[str, dict[str, Any], float]]) -> None:
        """Keep items (key, body, due date) durably, all or none; keys ever kept before are skipped."""
        rows = [(queue, key, due_at, to_json(body)) for key, body, due_at in items]
        await self._database.write(lambda statements: statements.run_many(INSERT_ITEM, rows))

    async def claim_due(self, queue: str, owner: str, now: float, until: float, limit: int) -> list[InboxEvent]:
        rows = await self._database.run(CLAIM_DUE_ITEMS, queue, now, limit, owner, until, int(not self._count_retries))
        rows.sort(key=lambda row: (row[0], row[1]))
        return [InboxEvent(key, json.loads(body), tries, bool(posting)) for _, key, body, tries, posting in rows]

    async def renew(self, queue: str, owner: str, keys: Sequence[str], until: float) -> None:
        rows = [(queue, key, owner, until) for key in keys]
        await self._database.write(lambda statements: statements.run_many(RENEW_ITEM, rows))

    async def begin_posting(self, queue: str, key: str, owner: str, until: float) -> bool:
        """Record that an item is about to be posted, and extend its lease; False when the owner lost it."""
        return bool(await self._database.run(MARK_ITEM_POSTING, queue, key, owner, until))

    async def mark_done(self, queue: str, key: str) -> None:
        await self._database.run(FINISH_ITEM, queue, key)

    async def retry_at(self, queue: str, key: str, owner: str, due_at: float, *, maybe_posted: bool = False) -> None:
        """Give the item back until then, if the owner still has it. `maybe_posted` keeps the record of a post begun."""
        await self._database.run(RETRY_ITEM, queue, key, owner, due_at, int(maybe_posted), int(self._count_retries))

    async def next_due(self, queue: str) -> float | None:
        ((due_at,),) = await self._database.read(SELECT_NEXT_DUE_ITEM, queue)
        return due_at if due_at is None else float(due_at)

    async def delete_done(self, queue: str, before: float) -> None:
        await self._database.run(DELETE_DONE_ITEMS, queue, before)


class SqlSubscriptions:
    """See `bot.notices.subscriptions.Subscriptions` for what each method promises."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue = SqlLeasedQueue(database, count_retries=True)

    async def subscribe(self, subscriptions: Sequence[Subscription]) -> None:
        async def work(statements: Statements) -> None:
            await statements.run_many(
                UPSERT_SUBSCRIPTION, [_subscription_row(subscription) for subscription in subscriptions]
            )

        await self._database.write(work)

    async def unsubscribe(self, place: Place, topics: Sequence[Topic]) -> list[Subscription]:
        async def work(statements: Statements) -> list[Subscription]:
            subscribed = _parse_subscriptions(await statements.run(LOCK_CHANNEL_SUBSCRIPTIONS, place.key))
            removed = [subscription for subscription in subscribed if not topics or subscription.topic in topics]
            for subscription in removed:
                await statements.run(DELETE_SUBSCRIPTION, place.key, subscription.topic)
            return removed

        return await self._database.write(work)

    async def list_for_place(self, place: Place) -> list[Subscription]:
        return _parse_subscriptions(await self._database.read(SELECT_CHANNEL_SUBSCRIPTIONS, place.key))

    async def list_active(
        self, topic: Topic, platform: str | None = None, workspace: str | None = None
    ) -> list[Subscription]:
        return _parse_subscriptions(await self._database.read(SELECT_SUBSCRIBERS, topic, platform, workspace))

    async def pause_channel(self, place: Place, why: str) -> bool:
        async def work(statements: Statements) -> bool:
            active = [
                subscription
                for subscription in _parse_subscriptions(await statements.run(LOCK_CHANNEL_SUBSCRIPTIONS, place.key))
                if subscription.pause_reason is None
            ]
            for subscription in active:
                body = subscription.model_copy(update={"pause_reason": why}).model_dump_json()
                await statements.run(PAUSE_SUBSCRIPTION, place.key, subscription.topic, body)
            return bool(active)

        return await self._database.write(work)

    async def add_notices(self, notices: Sequence[Notice]) -> None:
        if notices:
            items = [(notice.key, notice.model_dump(mode="json"), notice.due_at) for notice in notices]
            await self._queue.add_many(NOTICE_QUEUE, items)
            self._database.wakeups.notify(WAKE_NOTICES)

    async def next_due(self) -> float | None:
        return await self._queue.next_due(NOTICE_QUEUE)

    async def claim_due(self, owner: str, now: float, until: float, limit: int) -> list[Notice]:
        return [
            Notice.model_validate({**item.body, "posting": item.posting, "tries": item.tries})
            for item in await self._queue.claim_due(NOTICE_QUEUE, owner, now, until, limit)
        ]

    async def begin_posting(self, key: str, owner: str, until: float) -> bool:
        return await self._queue.begin_posting(NOTICE_QUEUE, key, owner, until)

    async def finish_posting(self, key: str) -> None:
        await self._queue.mark_done(NOTICE_QUEUE, key)

    async def retry_at(self, key: str, owner: str, due_at: float) -> None:
        await self._queue.retry_at(NOTICE_QUEUE, key, owner, due_at)

    async def retry_lookup_at(self, key: str, owner: str, due_at: float) -> None:
        await self._queue.retry_at(NOTICE_QUEUE, key, owner, due_at, maybe_posted=True)


def _subscription_row(subscription: Subscription) -> tuple[Value, ...]:
    place = subscription.place
    return (place.key, subscription.topic, place.platform, place.workspace, subscription.model_dump_json())


def _parse_subscriptions(rows: Sequence[Row]) -> list[Subscription]:
    return [Subscription.model_validate_json(body) for (body,) in rows]
