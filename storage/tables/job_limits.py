"""How many jobs a person or a channel has: counted where they are kept, by those who keep one more.

New jobs are inserted first and counted then, inside one transaction: one that finds too many is undone as if it had
never been. Whoever counts first takes the turn of that person and that channel, so that two transactions at once
cannot both be the last that fits; where only one can write at a time there is nothing to wait for.
"""

from collections.abc import Sequence
from functools import cache

from bot.jobs.job import Job
from bot.jobs.limits import Cap, Reached
from storage.database import Statements, Value

Shape = tuple[tuple[str, ...], bool]

# Seconds within which unfinished jobs are looked for, so that years of others are not gone through. Jobs are given up
# after a week; only a didtalk that was switched off for weeks has older ones, and those are let out of the count.
LONG = 31 * 86400.0
FORGET = "DELETE FROM turns WHERE taken_at < $1"
TURN = (
    "INSERT INTO turns (name, taken_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET taken_at = excluded.taken_at"
)


async def take_turns(statements: Statements, job: Job, caps: Sequence[Cap]) -> None:
    """Wait until nobody else counts the same; always in one order, so that no two wait for each other."""
    if statements.alone:
        return
    turns = {"person": f"person:{job.asker.key}", "channel": f"channel:{job.place.home}"}
    for name in sorted({turns[cap.whose] for cap in caps}):
        await statements.run(TURN, name, job.asked_at)


async def check(statements: Statements, job: Job, caps: Sequence[Cap]) -> None:
    """Raise `Reached` when there are more than a cap allows, those just added included."""
    values = [value for cap in caps for value in (*_whose(cap, job), *_bounds(cap, job.asked_at))]
    rows = await statements.run(_over(tuple(map(_shape, caps))), *values)
    for nth, oldest in sorted((row[0], row[1]) for row in rows):
        cap = caps[nth]
        raise Reached(cap, None if cap.seconds is None else oldest + cap.seconds)


def _whose(cap: Cap, job: Job) -> tuple[str, ...]:
    asker = job.asker
    return (asker.platform, asker.workspace, asker.user) if cap.whose == "person" else (job.place.home,)


def _bounds(cap: Cap, now: float) -> tuple[Value, ...]:
    return now - (cap.seconds or LONG), cap.most


def _shape(cap: Cap) -> Shape:
    """What a cap's values are compared with, in their order; and whether only unfinished jobs count."""
    whose = ("platform =", "workspace =", "person =") if cap.whose == "person" else ("channel =",)
    return (*whose, "asked_at >"), cap.seconds is None


@cache
def _over(shapes: tuple[Shape, ...]) -> str:
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
