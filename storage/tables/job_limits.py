"""Limits on a user's or a channel's jobs, counted in the transaction that adds the jobs.

Jobs are inserted first and counted then; too many roll the transaction back. Two transactions for one user or channel
wait for each other on a counter row, so they cannot both add the last job; SQLite's single writer needs none.
"""

from collections.abc import Sequence
from functools import cache

from bot.jobs.job import Asker, Job, Place
from bot.jobs.limits import Limit, LimitReached
from storage.database import Row, Statements, Value

LimitShape = tuple[tuple[str, ...], bool]

UNFINISHED_WINDOW_SECONDS = 31 * 86400.0  # older unfinished jobs are not counted; jobs are given up after a week
DELETE_OLD_COUNTERS = "DELETE FROM limit_counters WHERE used_at < $1"
LOCK_COUNTER = (
    "INSERT INTO limit_counters (name, used_at) VALUES ($1, $2)"
    " ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at"
)


async def lock_counters(statements: Statements, job: Job, limits: Sequence[Limit]) -> None:
    """Lock the counters of these limits, always in one order, so that there is no deadlock."""
    if statements.sole_writer:
        return
    counter_names = {"person": f"person:{job.asker.key}", "channel": f"channel:{job.place.rules_key}"}
    for name in sorted({counter_names[limit.scope] for limit in limits}):
        await statements.run(LOCK_COUNTER, name, job.asked_at)


async def check_limits(statements: Statements, job: Job, limits: Sequence[Limit]) -> None:
    """Raise `LimitReached` if there are too many jobs, those just added included."""
    query, values = exceeded_limits_query(job.asker, job.place, job.asked_at, limits)
    raise_first(await statements.run(query, *values), limits)


def exceeded_limits_query(
    asker: Asker, place: Place, now: float, limits: Sequence[Limit], coming_jobs: int = 0
) -> tuple[str, list[Value]]:
    """A row for each limit that is exceeded, or would be with so many jobs more."""
    values: list[Value] = []
    for limit in limits:
        person = (asker.platform, asker.workspace, asker.user)
        values += person if limit.scope == "person" else (place.rules_key,)
        since = now - (limit.span_seconds or UNFINISHED_WINDOW_SECONDS)
        values += (since, max(limit.max_jobs - coming_jobs, 0))
    return _query_for_shapes(tuple(map(_limit_shape, limits))), values


def raise_first(rows: Sequence[Row], limits: Sequence[Limit]) -> None:
    for index, oldest in sorted((row[0], row[1]) for row in rows):
        limit = limits[index]
        raise LimitReached(limit, None if limit.span_seconds is None else oldest + limit.span_seconds)


def _limit_shape(limit: Limit) -> LimitShape:
    """The columns that a limit compares, in order, and whether only unfinished jobs count."""
    conditions = ("platform =", "workspace =", "user_id =") if limit.scope == "person" else ("rules_key =",)
    return (*conditions, "asked_at >"), limit.span_seconds is None


@cache
def _query_for_shapes(shapes: tuple[LimitShape, ...]) -> str:
    """A row per exceeded limit: its index, and the time of the job that must leave its span first."""
    used, parts = 0, []
    for nth, (shape, unfinished) in enumerate(shapes):
        which = " AND ".join(f"{column} ${used + place}" for place, column in enumerate(shape, 1))
        open_ = " AND queue IS NOT NULL" if unfinished else ""
        used += len(shape) + 1
        parts.append(
            f"SELECT {nth}, asked_at FROM (SELECT asked_at FROM jobs WHERE {which}{open_}"  # noqa: S608 - our own columns
            f" ORDER BY asked_at DESC LIMIT 1 OFFSET ${used}) AS over{nth}"
        )
    return " UNION ALL ".join(parts)
