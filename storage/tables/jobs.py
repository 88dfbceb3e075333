"""Jobs as rows. Waiting costs nothing: a million of them are found by one index, and never lie in memory."""

import re
from collections.abc import Iterable, Iterator, Sequence

import structlog
from pydantic import ValidationError

from bot.errors import Trouble
from bot.jobs.job import ENDS, WORK, Entry, Job, Stage, Wanted
from bot.jobs.limits import Cap
from bot.runtime.wakeups import ANYTHING, news_of
from storage.database import Database, Row, Statements, Value
from storage.tables.job_limits import FORGET as FORGET_TURNS
from storage.tables.job_limits import check, take_turns

log = structlog.get_logger(__name__)

STRANGE = 10.0  # seconds for which a job that we cannot read is left to whoever can: a newer program, perhaps
TOGETHER = 500  # values in one statement
_LIVE = {"owner", "due_at", "version"}  # changed without a move: the columns know them, the body does not

ADD = (
    "INSERT INTO jobs (id, grp, once, nth, platform, workspace, person, asked_at,"
    " channel, studio, kind, size, stage, queue, made_at, took, body, due_at, owner, version)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
)
# One statement is a whole transaction by itself, and most gestures ask for one job: this is what people wait for.
# It gives back no rows, for which SQLite would take as long as for two indexes.
ADD_FIRST = f"{ADD} ON CONFLICT DO NOTHING"
ONCE = "SELECT id, owner, due_at, version, body FROM jobs WHERE once = $1 ORDER BY nth"
GET = "SELECT id, owner, due_at, version, body FROM jobs WHERE id = $1"
# What somebody else is claiming this moment is passed over rather than waited for.
CLAIM = (
    "WITH due AS MATERIALIZED (SELECT id, due_at AS since FROM jobs WHERE queue = $1 AND due_at <= $2"
    " ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)"
    " UPDATE jobs SET owner = $4, due_at = $5, version = version + 1 FROM due WHERE jobs.id = due.id"
    " RETURNING jobs.id, owner, due_at, version, body, (SELECT since FROM due WHERE due.id = jobs.id)"
)
PUT_OFF = "UPDATE jobs SET owner = NULL, due_at = $3 WHERE id = $1 AND owner = $2"
RENEW = (
    "UPDATE jobs SET due_at = CASE WHEN due_at < $2 THEN $2 ELSE due_at END"
    " WHERE owner = $1 AND id IN ({}) RETURNING id"
)
RELEASE = (
    "UPDATE jobs SET owner = NULL, due_at = $2, version = version + 1 WHERE owner = $1 AND id IN ({}) RETURNING id"
)
# Who moves a job it does not hold, or keeps the hold it has, must not change when that hold runs out.
MOVE = (
    "UPDATE jobs SET studio = $3, kind = $4, size = $5, stage = $6, queue = $7, made_at = $8, took = $9, body = $10,"
    " due_at = CASE WHEN $12 = 1 AND owner IS NOT NULL THEN due_at ELSE $11 END,"
    " owner = CASE WHEN $12 = 1 THEN owner END,"
    " version = version + 1"
    " WHERE id = $1 AND version = $2 RETURNING owner, due_at, version"
)
ENTER = (
    "INSERT INTO ledger (version, job, at, what, who, studio, cost, sentence) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
NUDGE = (
    "UPDATE jobs SET due_at = CASE WHEN due_at < $2 THEN due_at ELSE $2 END"
    " WHERE id = $1 AND queue IS NOT NULL AND (owner IS NULL OR due_at <= $2) RETURNING id"
)
NEXT = "SELECT due_at FROM jobs WHERE queue = $1 AND due_at IS NOT NULL ORDER BY due_at LIMIT 1"
TOOK = (
    "SELECT took FROM jobs WHERE studio = $1 AND kind = $2 AND took IS NOT NULL AND size BETWEEN $3 AND $4"
    " ORDER BY made_at DESC LIMIT $5"
)
OLD = (
    "SELECT id, owner, due_at, version, body FROM jobs"
    " WHERE queue IS NULL AND kind <> 'gone' AND asked_at < $1 ORDER BY asked_at LIMIT $2"
)
FORGET = "DELETE FROM jobs WHERE platform = $1 AND workspace = $2 AND asked_at <= $3"
IN_USE = (
    "SELECT id FROM jobs WHERE queue IS NOT NULL AND stage NOT IN ('delivered', 'failed', 'cancelled')"
    " AND studio = $1 AND body LIKE $2 LIMIT 1"
)
LEDGER = "SELECT at, job, what, who, studio, cost, sentence FROM ledger WHERE job = $1 ORDER BY version"


class SqlJobs:
    """Keeps jobs in a database; what each method promises stands in `bot.jobs.job.Jobs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, jobs: Sequence[Job], caps: Sequence[Cap] = ()) -> list[Job]:
        """Keep new jobs durably, as many as the caps allow; when their `once` was kept before, give back those."""

        async def work(statements: Statements) -> list[Job]:
            if caps:
                await take_turns(statements, jobs[0], caps)
            kept = [job for asked in _gestures(jobs) for job in await _keep(statements, asked)]
            if caps and any(job is new for job in kept for new in jobs):  # what was kept before filled them long ago
                await check(statements, jobs[0], caps)
            return kept

        plain = len(jobs) == 1 and not caps
        kept = await (self._add_one(jobs[0]) if plain else self._database.write(work))
        self._database.bell.ring(WORK)
        return kept

    async def _add_one(self, job: Job) -> list[Job]:
        row = _row(job, 0)
        if await self._database.write(lambda statements: statements.change(ADD_FIRST, *row), single=True):
            return [job]
        rows = await self._database.read(ONCE, job.once) if job.once else await self._database.read(GET, job.id)
        return list(_readable(rows))

    async def get(self, job: str) -> Job | None:
        """One job by its id."""
        return next(_readable(await self._database.read(GET, job)), None)

    async def claim(self, queue: str, owner: str, now: float, until: float, limit: int) -> list[Job]:
        """Hold up to `limit` jobs of a queue that are due, the longest due first, until that moment."""
        rows = await self._database.run(CLAIM, queue, now, limit, owner, until)
        rows.sort(key=lambda row: (row[5], row[0]))
        held = list(_readable([row[:5] for row in rows]))
        readable = {job.id for job in held}
        if strange := [(row[0], owner, min(until, now + STRANGE)) for row in rows if row[0] not in readable]:
            await self._database.write(lambda statements: statements.many(PUT_OFF, strange))
        return held

    async def renew(self, owner: str, jobs: Sequence[str], until: float) -> set[str]:
        """Hold these jobs for longer, those of them that this owner still holds; which they are."""
        return await self._of_mine(RENEW, owner, jobs, until)

    async def release(self, owner: str, jobs: Sequence[str], due: float) -> None:
        """Let go of these jobs, those of them that this owner still holds; they are due at that moment."""
        if await self._of_mine(RELEASE, owner, jobs, due):
            self._database.bell.ring(ANYTHING)

    async def _of_mine(self, sql: str, owner: str, jobs: Sequence[str], due: float) -> set[str]:
        """Change when jobs are due, many at a time; which of them this owner held."""
        held: set[str] = set()
        for begin in range(0, len(jobs), TOGETHER):
            some = jobs[begin : begin + TOGETHER]
            these = sql.format(", ".join(f"${n}" for n in range(3, len(some) + 3)))
            held |= {row[0] for row in await self._database.run(these, owner, due, *some)}
        return held

    async def move(self, old: Job, new: Job, entry: Entry | None = None, *, hold: bool = False) -> Job | None:
        """Write `new` over `old` if nobody moved it since; None when somebody did. Lets go unless `hold`."""

        async def work(statements: Statements) -> Job | None:
            rows = await statements.run(MOVE, old.id, old.version, *_facts(new), new.due_at, int(hold))
            if not rows:
                return await _written(statements, old, new, hold) if statements.repeated else None
            ((owner, due_at, version),) = rows
            if entry:
                await statements.run(ENTER, version, entry.job, *_line(entry))
            return new.but(owner=owner, due_at=due_at, version=version)

        moved = await self._database.write(work, single=entry is None)
        if moved and moved.owner is None and moved.queue == WORK:
            self._database.bell.ring(WORK)
        return moved

    async def nudge(self, job: str, now: float) -> bool:
        """Make a job due now, unless somebody holds it; whether it was."""
        due = bool(await self._database.run(NUDGE, job, now))
        self._database.bell.ring(news_of(job))  # due or not: whoever holds it may be another process
        return due

    async def next_due(self, queue: str) -> float | None:
        """When the next job of a queue is due."""
        rows = await self._database.read(NEXT, queue)
        return rows[0][0] if rows else None

    async def pick(self, wanted: Wanted) -> list[Job]:
        """Jobs, newest first."""
        sql, values = _search(wanted)
        found: list[Job] = []
        seen = 0
        while len(found) < wanted.limit:
            rows = await self._database.read(sql, *values, wanted.limit - len(found), seen)
            if not rows:
                break
            seen += len(rows)
            found += _readable(rows)
        return found

    async def old(self, before: float, limit: int) -> list[Job]:
        """Jobs asked before that moment of which nothing is left to do and the words still stand, oldest first."""
        return list(_readable(await self._database.read(OLD, before, limit)))

    async def took(self, studio: str, kind: str, size: float, limit: int = 20) -> list[float]:
        """How many seconds the studio needed for the latest jobs like this one."""
        rows = await self._database.read(TOOK, studio, kind, size / 2 - 50, size * 2 + 50, limit)
        return [seconds for (seconds,) in rows]

    async def forget(self, platform: str, workspace: str, before: float) -> None:
        """Forget every job that was asked in a workspace up to that moment; what was paid stays in the ledger."""
        await self._database.run(FORGET, platform, workspace, before)

    async def in_use(self, studio: str, upload: str) -> bool:
        """Whether an unfinished job was prepared with this upload of a studio; a yes may be wrong, a no is not."""
        like = re.sub(r"[^A-Za-z0-9]+", "%", f" {upload} ")  # whatever JSON or LIKE writes otherwise only finds more
        return bool(await self._database.read(IN_USE, studio, like))

    async def forget_turns(self, before: float) -> None:
        """Forget who was counted last before that moment."""
        await self._database.run(FORGET_TURNS, before)

    async def ledger(self, job: str) -> list[Entry]:
        """What was submitted and decided for a job, oldest first."""
        return [Entry(*row) for row in await self._database.read(LEDGER, job)]


def _gestures(jobs: Sequence[Job]) -> Iterable[list[Job]]:
    """Those of one gesture together, for a gesture is kept as a whole or was kept before."""
    found: dict[str, list[Job]] = {}
    for job in jobs:
        found.setdefault(job.once or job.id, []).append(job)
    return found.values()


async def _keep(statements: Statements, asked: list[Job]) -> list[Job]:
    """Keep what one gesture asked for, or find what it asked for before. Its first job decides which."""
    first, *others = [_row(job, nth) for nth, job in enumerate(asked)]
    if await statements.change(ADD_FIRST, *first):
        await statements.many(ADD, others)
        return asked
    if asked[0].once and (rows := await statements.run(ONCE, asked[0].once)):
        return list(_readable(rows))
    if statements.repeated:
        return asked
    raise ValueError(f"{asked[0].id} is kept already")


async def _written(statements: Statements, old: Job, new: Job, hold: bool) -> Job | None:
    """The move whose answer was lost, when it was ours that was written."""
    rows = await statements.run(GET, old.id)
    for _, owner, due_at, version, body in rows:
        if version == old.version + 1 and body == _facts(new)[-1] and owner == (old.owner if hold else None):
            return new.but(owner=owner, due_at=due_at, version=version)
    return None


def _row(job: Job, nth: int) -> tuple[Value, ...]:
    asker = job.asker
    known = (
        job.id,
        job.group,
        job.once,
        nth,
        asker.platform,
        asker.workspace,
        asker.user,
        job.asked_at,
        job.place.home,
    )
    return (*known, *_facts(job), job.due_at, job.owner, job.version)


def _facts(job: Job) -> tuple[Value, ...]:
    """What a move may change and a search may ask for, and the whole of it last."""
    # What is None is None by default too (a test holds every field to it), and most of a request is.
    body = job.model_dump_json(exclude=_LIVE, exclude_none=True)
    request = job.request
    return (job.studio, request.kind, request.size, job.stage, job.queue, job.made_at, _took(job), body)


def _took(job: Job) -> float | None:
    if job.stage is not Stage.DELIVERED or job.made_at is None or job.submitted_at is None:
        return None
    took = job.made_at - job.submitted_at
    return took if took >= 0 else None  # the clock was set back in between


def _line(entry: Entry) -> tuple[Value, ...]:
    return (entry.at, entry.what, entry.who, entry.studio, entry.cost, entry.sentence)


def _readable(rows: Sequence[Row]) -> Iterator[Job]:
    """The jobs of these rows; one that an older program left unreadable is passed over loudly."""
    for key, owner, due_at, version, body in rows:
        try:
            job = Job.model_validate_json(body)
        except (ValidationError, Trouble) as error:
            log.error("job cannot be read", job=key, faults=_faults(error))
            continue
        yield job.but(owner=owner, due_at=due_at, version=version)


def _faults(error: ValidationError | Trouble) -> list[str]:
    """What is wrong without what people wrote: a log is read by others than a job."""
    if isinstance(error, Trouble):
        return [type(error).__name__]
    return [
        f"{'.'.join(map(str, fault['loc']))}: {fault['type']}"
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _search(wanted: Wanted) -> tuple[str, list[Value]]:
    values: list[Value] = []

    def mark(value: Value) -> str:
        values.append(value)
        return f"${len(values)}"

    asked = {
        "platform =": wanted.platform,
        "workspace =": wanted.workspace,
        "person =": wanted.user,
        "once =": wanted.once,
    }
    conditions = [f"{which} {mark(value)}" for which, value in asked.items() if value is not None]
    if wanted.ended is not None:
        conditions.append(
            f"stage {'' if wanted.ended else 'NOT '}IN ({', '.join(mark(stage) for stage in sorted(ENDS))})"
        )
    if wanted.stages:
        conditions.append(f"stage IN ({', '.join(mark(stage) for stage in sorted(wanted.stages))})")
    where = " WHERE " + " AND ".join(conditions) if conditions else ""
    order = f" ORDER BY asked_at DESC, id DESC LIMIT ${len(values) + 1} OFFSET ${len(values) + 2}"
    return f"SELECT id, owner, due_at, version, body FROM jobs{where}{order}", values  # noqa: S608 - values are marked
