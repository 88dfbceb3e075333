"""Subscriptions and notices as rows."""

from collections.abc import Sequence

from bot.jobs.asker import Place
from bot.notices.subscriptions import Notice, Subscription, Topic
from bot.runtime.wakeups import WAKE_NOTICES
from storage.database import Database, Row, Statements, Value

UPSERT_SUBSCRIPTION = (
    "INSERT INTO subscriptions (channel, topic, platform, workspace, paused, body) VALUES ($1, $2, $3, $4, 0, $5)"
    " ON CONFLICT (channel, topic) DO UPDATE SET paused = 0, body = excluded.body"
)
SELECT_CHANNEL_SUBSCRIPTIONS = "SELECT body FROM subscriptions WHERE channel = $1 ORDER BY topic"
LOCK_CHANNEL_SUBSCRIPTIONS = f"{SELECT_CHANNEL_SUBSCRIPTIONS} FOR UPDATE"
DELETE_SUBSCRIPTION = "DELETE FROM subscriptions WHERE channel = $1 AND topic = $2 RETURNING body"
SELECT_SUBSCRIBERS = (
    "SELECT body FROM subscriptions WHERE topic = $1 AND paused = 0 AND (CAST($2 AS TEXT) IS NULL OR platform = $2)"
    " AND (CAST($3 AS TEXT) IS NULL OR workspace = $3) ORDER BY channel"
)
PAUSE_SUBSCRIPTION = "UPDATE subscriptions SET paused = 1, body = $3 WHERE channel = $1 AND topic = $2 AND paused = 0"
INSERT_NOTICE = "INSERT INTO notices (name, due_at, body) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING"
SELECT_NEXT_DUE_NOTICE = "SELECT min(due_at) FROM notices WHERE due_at IS NOT NULL"
SELECT_DUE_NOTICES = (
    "SELECT name, posting, tries, body FROM notices WHERE due_at <= $1 ORDER BY due_at, name LIMIT $2"
    " FOR UPDATE SKIP LOCKED"
)
LEASE_NOTICE = "UPDATE notices SET owner = $2, due_at = $3 WHERE name = $1"
MARK_NOTICE_POSTING = "UPDATE notices SET posting = 1, due_at = $3 WHERE name = $1 AND owner = $2 RETURNING name"
FINISH_NOTICE = "UPDATE notices SET due_at = NULL, owner = NULL WHERE name = $1"
RETRY_NOTICE = (
    "UPDATE notices SET due_at = $3, owner = NULL, posting = 0, tries = tries + 1 WHERE name = $1 AND owner = $2"
)
RECHECK_NOTICE = "UPDATE notices SET due_at = $3, owner = NULL, tries = tries + 1 WHERE name = $1 AND owner = $2"


class SqlSubscriptions:
    """Keeps them in a database; what each method promises stands in `bot.notices.subscriptions.Subscriptions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def subscribe(self, subscriptions: Sequence[Subscription]) -> None:
        """Add topics to a channel, each in place of the same topic before."""

        async def work(statements: Statements) -> None:
            await statements.run_many(
                UPSERT_SUBSCRIPTION, [_subscription_row(subscription) for subscription in subscriptions]
            )

        await self._database.write(work)

    async def unsubscribe(self, place: Place, topics: Sequence[Topic]) -> list[Subscription]:
        """Take topics from a channel, all of them when none are named; those that were there."""

        async def work(statements: Statements) -> list[Subscription]:
            subscribed = _parse_subscriptions(await statements.run(LOCK_CHANNEL_SUBSCRIPTIONS, place.key))
            removed = [subscription for subscription in subscribed if not topics or subscription.topic in topics]
            for subscription in removed:
                await statements.run(DELETE_SUBSCRIPTION, place.key, subscription.topic)
            return removed

        return await self._database.write(work)

    async def list_for_place(self, place: Place) -> list[Subscription]:
        """What a channel is subscribed to."""
        return _parse_subscriptions(await self._database.read(SELECT_CHANNEL_SUBSCRIPTIONS, place.key))

    async def list_active(
        self, topic: Topic, platform: str | None = None, workspace: str | None = None
    ) -> list[Subscription]:
        """Every subscription to a topic that is not paused."""
        return _parse_subscriptions(await self._database.read(SELECT_SUBSCRIBERS, topic, platform, workspace))

    async def pause_channel(self, place: Place, why: str) -> bool:
        """Post nothing more to a channel, until somebody subscribes it again; whether it was not paused before."""

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
        """Keep notices to be posted; a key that was ever kept is not kept again."""

        async def work(statements: Statements) -> None:
            rows = [(notice.key, notice.due_at, notice.model_dump_json()) for notice in notices]
            await statements.run_many(INSERT_NOTICE, rows)

        if notices:
            await self._database.write(work)
            self._database.wakeups.notify(WAKE_NOTICES)

    async def next_due(self) -> float | None:
        """When the next notice is due."""
        rows = await self._database.read(SELECT_NEXT_DUE_NOTICE)
        return float(rows[0][0]) if rows[0][0] is not None else None

    async def claim_due(self, owner: str, now: float, until: float, limit: int) -> list[Notice]:
        """Hold notices that are due until that moment."""

        async def work(statements: Statements) -> list[Notice]:
            rows = await statements.run(SELECT_DUE_NOTICES, now, limit)
            await statements.run_many(LEASE_NOTICE, [(row[0], owner, until) for row in rows])
            facts = [(body, {"posting": bool(posting), "tries": tries}) for _, posting, tries, body in rows]
            return [Notice.model_validate_json(body).model_copy(update=columns) for body, columns in facts]

        return await self._database.write(work)

    async def begin_posting(self, key: str, owner: str, until: float) -> bool:
        """Write down that a notice is about to be posted, held until then; whether its owner may, as it holds it."""
        return bool(await self._database.run(MARK_NOTICE_POSTING, key, owner, until))

    async def finish_posting(self, key: str) -> None:
        """The notice is posted, or will never be: it is not due again, and its key stays known."""
        await self._database.run(FINISH_NOTICE, key)

    async def retry_at(self, key: str, owner: str, due_at: float) -> None:
        """The notice was certainly not posted by its owner; try again then, unless somebody else is at it by now."""
        await self._database.run(RETRY_NOTICE, key, owner, due_at)

    async def retry_lookup_at(self, key: str, owner: str, due_at: float) -> None:
        """Whether the notice was posted could not be looked up; look again then, unless somebody else is at it."""
        await self._database.run(RECHECK_NOTICE, key, owner, due_at)


def _subscription_row(subscription: Subscription) -> tuple[Value, ...]:
    place = subscription.place
    return (place.key, subscription.topic, place.platform, place.workspace, subscription.model_dump_json())


def _parse_subscriptions(rows: Sequence[Row]) -> list[Subscription]:
    return [Subscription.model_validate_json(body) for (body,) in rows]
