"""Subscriptions and notices as rows."""

from collections.abc import Sequence

from bot.jobs.asker import Place
from bot.notices.subscriptions import Notice, Subscription, Topic
from bot.runtime.wakeups import WAKE_NOTICES
from storage.database import Database, Row, Statements, Value
from storage.tables.leased_queue import LeasedQueue

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
_QUEUE = "notices"


class SqlSubscriptions:
    """See `bot.notices.subscriptions.Subscriptions` for what each method promises."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue = LeasedQueue(database, count_retries=True)

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
            items = [(notice.key, notice.model_dump_json(), notice.due_at) for notice in notices]
            await self._queue.add_many(_QUEUE, items)
            self._database.wakeups.notify(WAKE_NOTICES)

    async def next_due(self) -> float | None:
        return await self._queue.next_due(_QUEUE)

    async def claim_due(self, owner: str, now: float, until: float, limit: int) -> list[Notice]:
        return [
            Notice.model_validate_json(item.body).model_copy(update={"posting": item.posting, "tries": item.attempts})
            for item in await self._queue.claim(_QUEUE, owner, now, until, limit)
        ]

    async def begin_posting(self, key: str, owner: str, until: float) -> bool:
        return await self._queue.mark_posting(_QUEUE, key, owner, until)

    async def finish_posting(self, key: str) -> None:
        await self._queue.done(_QUEUE, key)

    async def retry_at(self, key: str, owner: str, due_at: float) -> None:
        await self._queue.retry_later(_QUEUE, key, owner, due_at)

    async def retry_lookup_at(self, key: str, owner: str, due_at: float) -> None:
        await self._queue.retry_later(_QUEUE, key, owner, due_at, maybe_posted=True)


def _subscription_row(subscription: Subscription) -> tuple[Value, ...]:
    place = subscription.place
    return (place.key, subscription.topic, place.platform, place.workspace, subscription.model_dump_json())


def _parse_subscriptions(rows: Sequence[Row]) -> list[Subscription]:
    return [Subscription.model_validate_json(body) for (body,) in rows]
