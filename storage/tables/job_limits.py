"""How many jobs a person or a channel has: counted where they are kept, by those who keep one more.

New jobs are inserted first and counted then, inside one transaction: one that finds too many is undone as if it had
never been. Whoever counts first takes the turn of that person and that channel, so that two transactions at once
cannot both be the last that fits; where only one can write at a time there is nothing to wait for.
"""

from collections.abc import Sequence
from functools import cache

from bot.jobs.job import Job
from bot.jobs.limits import Limit, LimitReached
from storage.database import Statements, Value

LimitShape = tuple[tuple[str, ...], bool]

# Seconds within which unfinished jobs are looked for, so that years of others are not gone through. Jobs are given up
# after a week; only a didtalk that was switched off for weeks has older ones, and those are let out of the count.
UNFINISHED_WINDOW_SECONDS = 31 * 86400.0
DELETE_OLD_COUNTERS = "DELETE FROM limit_counters WHERE used_at < $1"
LOCK_COUNTER = (
    "INSERT INTO limit_counters (name, used_at) VALUES ($1, $2)"
    " ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at"
)


async def lock_counters(statements: Statements, job: Job, limits: Sequence[Limit]) -> None:
    """Wait until nobody else counts the same; always in one order, so that no two wait for each other."""
    if statements.sole_writer:
        return
    counter_names = {"person": f"person:{job.asker.key}", "channel": f"channel:{job.place.rules_key}"}
    for name in sorted({counter_names[limit.scope] for limit in limits}):
        await statements.run(LOCK_COUNTER, name, job.asked_at)


async def check_limits(statements: Statements, job: Job, limits: Sequence[Limit]) -> None:
    """Raise `Reached` when there are more than a cap allows, those just added included."""
    values = [
        value for limit in limits for value in (*_subject_values(limit, job), *_bound_values(limit, job.asked_at))
    ]
    rows = await statements.run(_exceeded_limits_query(tuple(map(_limit_shape, limits))), *values)
    for index, oldest in sorted((row[0], row[1]) for row in rows):
        limit = limits[index]
        raise LimitReached(limit, None if limit.span_seconds is None else oldest + limit.span_seconds)


def _subject_values(limit: Limit, job: Job) -> tuple[str, ...]:
    asker = job.asker
    return (asker.platform, asker.workspace, asker.user) if limit.scope == "person" else (job.place.rules_key,)


def _bound_values(limit: Limit, now: float) -> tuple[Value, ...]:
    return now - (limit.span_seconds or UNFINISHED_WINDOW_SECONDS), limit.max_jobs


def _limit_shape(limit: Limit) -> LimitShape:
    """What a cap's values are compared with, in their order; and whether only unfinished jobs count."""
    conditions = ("platform =", "workspace =", "user_id =") if limit.scope == "person" else ("rules_key =",)
    return (*conditions, "asked_at >"), limit.span_seconds is None


@cache
def _exceeded_limits_query(shapes: tuple[LimitShape, ...]) -> str:
    """For each cap that is exceeded its number, and when the oldest job came that has to be out of its span first."""
    used, parts = 0, []
    for nth, (shape, unfinished) in enumerate(shapes):
        which = " AND ".join(f"{column} ${used + place}" for place, column in enumerate(shape, 1))
        open_ = " AND queue IS NOT NULL" if unfinished else ""
        used += len(shape) + 1
        parts.append(
            f"SELECT {nth}, asked_at FROM (SELECT asked_at FROM jobs WHERE {which}{open_}"  # noqa: S608 - our own words
            f" ORDER BY asked_at DESC LIMIT 1 OFFSET ${used}) AS over{nth}"
        )
    return " UNION ALL ".join(parts)
