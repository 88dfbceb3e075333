"""How many jobs a person or a channel has: counted where they are kept, by those who keep one more.

New jobs are inserted first and counted then, inside one transaction: one that finds too many is undone as if it had
never been. Whoever counts first takes the turn of that person and that channel, so that two transactions at once
cannot both be the last that fits; where only one can write at a time there is nothing to wait for.
"""

from collections.abc import Sequence
from functools import cache

from bot.caps import Cap, Reached
from bot.jobs import Job
from storage.database import Statements, Value

Shape = tuple[tuple[str, ...], bool]

TURN = (
    "INSERT INTO turns (name, taken_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET taken_at = excluded.taken_at"
)
LONG = 31 * 86400.0  # seconds after which unfinished jobs are so few that they are looked for among everybody's
FORGET = "DELETE FROM turns WHERE taken_at < $1"


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
    rows = await statements.run(counted(caps), *values)
    for nth, oldest in sorted((row[0], row[1]) for row in rows):
        cap = caps[nth]
        raise Reached(cap, None if cap.seconds is None else oldest + cap.seconds)


def counted(caps: Sequence[Cap]) -> str:
    """The statement that counts."""
    return _over(tuple(map(_shape, caps)))


def _whose(cap: Cap, job: Job) -> tuple[str, ...]:
    asker = job.asker
    return (asker.platform, asker.workspace, asker.user) if cap.whose == "person" else (job.place.home,)


def _bounds(cap: Cap, now: float) -> tuple[Value, ...]:
    return now - (cap.seconds or LONG), cap.most


def _shape(cap: Cap) -> Shape:
    """What a cap's values are compared with, in their order; and whether only unfinished jobs count."""
    return ("platform", "workspace", "person") if cap.whose == "person" else ("channel",), cap.seconds is None


@cache
def _over(shapes: tuple[Shape, ...]) -> str:
    """For each cap that is exceeded its number, and when the oldest job came that has to be out of its span first."""
    used, parts = 0, []
    for nth, (columns, unfinished) in enumerate(shapes):
        these = _unfinished(columns, used) if unfinished else _since(columns, used)
        used += len(columns) + 2
        parts.append(
            f"SELECT {nth}, asked_at FROM ({these} ORDER BY asked_at DESC LIMIT 1 OFFSET ${used}) AS over{nth}"  # noqa: S608 - our own words
        )
    return " UNION ALL ".join(parts)


def _since(columns: Sequence[str], used: int) -> str:
    """Those asked after a moment."""
    which = "".join(f"{column} = ${used + place} AND " for place, column in enumerate(columns, 1))
    return f"SELECT asked_at FROM jobs WHERE {which}asked_at > ${used + len(columns) + 1}"  # noqa: S608 - our own words


def _unfinished(columns: Sequence[str], used: int) -> str:
    """The unfinished, however old: those of a person or a channel where they are recent, else the other way round.

    The joined-on nothing keeps a database from going through years of one person's jobs by their own index, where the
    few of all people that are old and unfinished have one as well.
    """
    old = "".join(f" AND {column} || '' = ${used + place}" for place, column in enumerate(columns, 1))
    return (
        f"{_since(columns, used)} AND queue IS NOT NULL UNION ALL SELECT asked_at FROM jobs"  # noqa: S608 - our own words
        f" WHERE queue IS NOT NULL AND asked_at <= ${used + len(columns) + 1}{old}"
    )
