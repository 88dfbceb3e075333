"""Subscriptions and notices as rows."""

from collections.abc import Sequence

from bot.jobs.asker import Place
from bot.notices.subscriptions import Notice, Subscription, Topic
from bot.runtime.wakeups import NOTICES
from storage.database import Database, Row, Statements, Value

PUT = (
    "INSERT INTO subscriptions (channel, topic, platform, workspace, paused, body) VALUES ($1, $2, $3, $4, 0, $5)"
    " ON CONFLICT (channel, topic) DO UPDATE SET paused = 0, body = excluded.body"
)
OF = "SELECT body FROM subscriptions WHERE channel = $1 ORDER BY topic"
HELD = f"{OF} FOR UPDATE"
DROP = "DELETE FROM subscriptions WHERE channel = $1 AND topic = $2 RETURNING body"
WANTING = (
    "SELECT body FROM subscriptions WHERE topic = $1 AND paused = 0 AND (CAST($2 AS TEXT) IS NULL OR platform = $2)"
    " AND (CAST($3 AS TEXT) IS NULL OR workspace = $3) ORDER BY channel"
)
PAUSE = "UPDATE subscriptions SET paused = 1, body = $3 WHERE channel = $1 AND topic = $2 AND paused = 0"
ANNOUNCE = "INSERT INTO notices (name, due_at, body) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING"
NEXT = "SELECT min(due_at) FROM notices WHERE due_at IS NOT NULL"
DUE = (
    "SELECT name, posting, tries, body FROM notices WHERE due_at <= $1 ORDER BY due_at, name LIMIT $2"
    " FOR UPDATE SKIP LOCKED"
)
HOLD = "UPDATE notices SET owner = $2, due_at = $3 WHERE name = $1"
POSTING = "UPDATE notices SET posting = 1, due_at = $3 WHERE name = $1 AND owner = $2 RETURNING name"
POSTED = "UPDATE notices SET due_at = NULL, owner = NULL WHERE name = $1"
LATER = "UPDATE notices SET due_at = $3, owner = NULL, posting = 0, tries = tries + 1 WHERE name = $1 AND owner = $2"
AGAIN = "UPDATE notices SET due_at = $3, owner = NULL, tries = tries + 1 WHERE name = $1 AND owner = $2"


class SqlSubscriptions:
    """Keeps them in a database; what each method promises stands in `bot.notices.subscriptions.Subscriptions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, wanted: Sequence[Subscription]) -> None:
        """Add topics to a channel, each in place of the same topic before."""

        async def work(statements: Statements) -> None:
            await statements.many(PUT, [_row(each) for each in wanted])

        await self._database.write(work)

    async def drop(self, place: Place, topics: Sequence[Topic]) -> list[Subscription]:
        """Take topics from a channel, all of them when none are named; those that were there."""

        async def work(statements: Statements) -> list[Subscription]:
            held = _read(await statements.run(HELD, place.key))
            gone = [each for each in held if not topics or each.topic in topics]
            for each in gone:
                await statements.run(DROP, place.key, each.topic)
            return gone

        return await self._database.write(work)

    async def of(self, place: Place) -> list[Subscription]:
        """What a channel is subscribed to."""
        return _read(await self._database.read(OF, place.key))

    async def wanting(
        self, topic: Topic, platform: str | None = None, workspace: str | None = None
    ) -> list[Subscription]:
        """Every subscription to a topic that is not paused."""
        return _read(await self._database.read(WANTING, topic, platform, workspace))

    async def pause(self, place: Place, why: str) -> bool:
        """Post nothing more to a channel, until somebody subscribes it again; whether it was not paused before."""

        async def work(statements: Statements) -> bool:
            open_ = [each for each in _read(await statements.run(HELD, place.key)) if each.paused is None]
            for each in open_:
                body = each.model_copy(update={"paused": why}).model_dump_json()
                await statements.run(PAUSE, place.key, each.topic, body)
            return bool(open_)

        return await self._database.write(work)

    async def announce(self, notices: Sequence[Notice]) -> None:
        """Keep notices to be posted; a key that was ever kept is not kept again."""

        async def work(statements: Statements) -> None:
            rows = [(each.key, each.due_at, each.model_dump_json()) for each in notices]
            await statements.many(ANNOUNCE, rows)

        if notices:
            await self._database.write(work)
            self._database.bell.ring(NOTICES)

    async def next_due(self) -> float | None:
        """When the next notice is due."""
        rows = await self._database.read(NEXT)
        return float(rows[0][0]) if rows[0][0] is not None else None

    async def due(self, owner: str, now: float, until: float, limit: int) -> list[Notice]:
        """Hold notices that are due until that moment."""

        async def work(statements: Statements) -> list[Notice]:
            rows = await statements.run(DUE, now, limit)
            await statements.many(HOLD, [(row[0], owner, until) for row in rows])
            facts = [(body, {"posting": bool(posting), "tries": tries}) for _, posting, tries, body in rows]
            return [Notice.model_validate_json(body).model_copy(update=known) for body, known in facts]

        return await self._database.write(work)

    async def posting(self, key: str, owner: str, until: float) -> bool:
        """Write down that a notice is about to be posted, held until then; whether its owner may, as it holds it."""
        return bool(await self._database.run(POSTING, key, owner, until))

    async def posted(self, key: str) -> None:
        """The notice is posted, or will never be: it is not due again, and its key stays known."""
        await self._database.run(POSTED, key)

    async def later(self, key: str, owner: str, due_at: float) -> None:
        """The notice was certainly not posted by its owner; try again then, unless somebody else is at it by now."""
        await self._database.run(LATER, key, owner, due_at)

    async def again(self, key: str, owner: str, due_at: float) -> None:
        """Whether the notice was posted could not be looked up; look again then, unless somebody else is at it."""
        await self._database.run(AGAIN, key, owner, due_at)


def _row(wanted: Subscription) -> tuple[Value, ...]:
    place = wanted.place
    return (place.key, wanted.topic, place.platform, place.workspace, wanted.model_dump_json())


def _read(rows: Sequence[Row]) -> list[Subscription]:
    return [Subscription.model_validate_json(body) for (body,) in rows]
