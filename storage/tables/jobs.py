"""Jobs as rows. Waiting jobs cost no memory: due ones are found by an index."""

import re
from collections.abc import Iterator, Sequence

import structlog
from pydantic import ValidationError

from bot.errors import Trouble
from bot.jobs.job import END_STAGES, WORK_QUEUE, Asker, Job, JobFilter, LedgerEntry, Place, Stage
from bot.jobs.limits import Limit
from bot.runtime.wakeups import WAKE_ALL, job_signal
from storage.database import Database, Row, Statements, Value
from storage.tables.job_limits import (
    DELETE_OLD_COUNTERS,
    check_limits,
    exceeded_limits_query,
    lock_counters,
    raise_first,
)

log = structlog.get_logger(__name__)

UNREADABLE_JOB_LEASE_SECONDS = 10.0  # how long a job we cannot read is left to a newer program
MAX_IDS_PER_STATEMENT = 500  # values in one statement
_COLUMN_ONLY_FIELDS = {"owner", "due_at", "version"}  # changed without a move: the columns know them, the body does not

INSERT_JOB = (
    "INSERT INTO jobs (id, group_id, idempotency_key, group_index, platform, workspace, user_id, asked_at,"
    " rules_key, studio, kind, size, stage, queue, made_at, duration_seconds, body, due_at, owner, version)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
)
# Most requests are one job, so the common case is one statement, a transaction by itself. Without RETURNING, which
# would cost SQLite as much as two indexes.
INSERT_FIRST_JOB = f"{INSERT_JOB} ON CONFLICT DO NOTHING"
SELECT_BY_IDEMPOTENCY_KEY = (
    "SELECT id, owner, due_at, version, body FROM jobs WHERE idempotency_key = $1 ORDER BY group_index"
)
SELECT_JOB = "SELECT id, owner, due_at, version, body FROM jobs WHERE id = $1"
# Rows that another process is claiming are skipped, not waited for.
CLAIM_DUE_JOBS = (
    "WITH due AS MATERIALIZED (SELECT id, due_at AS since FROM jobs WHERE queue = $1 AND due_at <= $2"
    " ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)"
    " UPDATE jobs SET owner = $4, due_at = $5, version = version + 1 FROM due WHERE jobs.id = due.id"
    " RETURNING jobs.id, owner, due_at, version, body, (SELECT since FROM due WHERE due.id = jobs.id)"
)
POSTPONE_JOB = "UPDATE jobs SET owner = NULL, due_at = $3 WHERE id = $1 AND owner = $2"
RENEW_LEASES = (
    "UPDATE jobs SET due_at = CASE WHEN due_at < $2 THEN $2 ELSE due_at END"
    " WHERE owner = $1 AND id IN ({}) RETURNING id"
)
RELEASE_JOBS = (
    "UPDATE jobs SET owner = NULL, due_at = $2, version = version + 1 WHERE owner = $1 AND id IN ({}) RETURNING id"
)
# A move without a lease, or one that keeps it, must not change when that lease expires.
MOVE_JOB = (
    "UPDATE jobs SET studio = $3, kind = $4, size = $5, stage = $6, queue = $7, made_at = $8,"
    " duration_seconds = $9, body = $10,"
    " due_at = CASE WHEN $12 = 1 AND owner IS NOT NULL THEN due_at ELSE $11 END,"
    " owner = CASE WHEN $12 = 1 THEN owner END,"
    " version = version + 1"
    " WHERE id = $1 AND version = $2 RETURNING owner, due_at, version"
)
INSERT_LEDGER_ENTRY = (
    "INSERT INTO ledger (version, job_id, recorded_at, event, asker_key, studio, cost, sentence)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
NUDGE_JOB = (
    "UPDATE jobs SET due_at = CASE WHEN due_at < $2 THEN due_at ELSE $2 END"
    " WHERE id = $1 AND queue IS NOT NULL AND (owner IS NULL OR due_at <= $2) RETURNING id"
)
SELECT_NEXT_DUE_JOB = "SELECT due_at FROM jobs WHERE queue = $1 AND due_at IS NOT NULL ORDER BY due_at LIMIT 1"
SELECT_RECENT_DURATIONS = (
    "SELECT duration_seconds FROM jobs WHERE studio = $1 AND kind = $2 AND duration_seconds IS NOT NULL"
    " AND size BETWEEN $3 AND $4 ORDER BY made_at DESC LIMIT $5"
)
SELECT_EXPIRED_JOBS = (
    "SELECT id, owner, due_at, version, body FROM jobs"
    " WHERE queue IS NULL AND kind <> 'deleted' AND asked_at < $1 ORDER BY asked_at LIMIT $2"
)
DELETE_WORKSPACE_JOBS = "DELETE FROM jobs WHERE platform = $1 AND workspace = $2 AND asked_at <= $3"
SELECT_UPLOAD_USE = (
    "SELECT id FROM jobs WHERE queue IS NOT NULL AND stage NOT IN ('delivered', 'failed', 'cancelled')"
    " AND studio = $1 AND body LIKE $2 LIMIT 1"
)
SELECT_LEDGER = (
    "SELECT recorded_at, job_id, event, asker_key, studio, cost, sentence FROM ledger WHERE job_id = $1"
    " ORDER BY version"
)


class SqlJobs:
    """See `bot.jobs.job.Jobs` for what each method promises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, jobs: Sequence[Job], limits: Sequence[Limit] = ()) -> list[Job]:
        async def work(statements: Statements) -> list[Job]:
            if limits:
                await lock_counters(statements, jobs[0], limits)
            by_gesture: dict[str, list[Job]] = {}
            for job in jobs:
                by_gesture.setdefault(job.idempotency_key or job.id, []).append(job)
            stored = [job for group in by_gesture.values() for job in await _insert_gesture(statements, group)]
            if limits and any(job is new for job in stored for new in jobs):  # jobs added before were counted then
                await check_limits(statements, jobs[0], limits)
            return stored

        is_single = len(jobs) == 1 and not limits
        stored = await (self._add_single(jobs[0]) if is_single else self._database.write(work))
        self._database.wakeups.notify(WORK_QUEUE)
        return stored

    async def check_limits(self, asker: Asker, place: Place, now: float, limits: Sequence[Limit]) -> None:
        if limits:
            query, values = exceeded_limits_query(asker, place, now, limits, coming_jobs=1)
            raise_first(await self._database.read(query, *values), limits)

    async def _add_single(self, job: Job) -> list[Job]:
        row = _job_row(job, 0)
        if await self._database.write(lambda statements: statements.run_counting(INSERT_FIRST_JOB, *row), single=True):
            return [job]
        sql = SELECT_BY_IDEMPOTENCY_KEY if job.idempotency_key else SELECT_JOB
        return list(_parse_jobs(await self._database.read(sql, job.idempotency_key or job.id)))

    async def get(self, job: str) -> Job | None:
        return next(_parse_jobs(await self._database.read(SELECT_JOB, job)), None)

    async def claim(self, queue: str, owner: str, now: float, until: float, limit: int) -> list[Job]:
        rows = await self._database.run(CLAIM_DUE_JOBS, queue, now, limit, owner, until)
        rows.sort(key=lambda row: (row[5], row[0]))
        claimed = list(_parse_jobs([row[:5] for row in rows]))
        readable = {job.id for job in claimed}
        if unreadable := [
            (row[0], owner, min(until, now + UNREADABLE_JOB_LEASE_SECONDS)) for row in rows if row[0] not in readable
        ]:
            await self._database.write(lambda statements: statements.run_many(POSTPONE_JOB, unreadable))
        return claimed

    async def renew(self, owner: str, jobs: Sequence[str], until: float) -> set[str]:
        return await self._update_owned(RENEW_LEASES, owner, jobs, until)

    async def release(self, owner: str, jobs: Sequence[str], due: float) -> None:
        if await self._update_owned(RELEASE_JOBS, owner, jobs, due):
            self._database.wakeups.notify(WAKE_ALL)

    async def _update_owned(self, sql: str, owner: str, jobs: Sequence[str], due: float) -> set[str]:
        owned: set[str] = set()
        for begin in range(0, len(jobs), MAX_IDS_PER_STATEMENT):
            batch = jobs[begin : begin + MAX_IDS_PER_STATEMENT]
            statement = sql.format(", ".join(f"${n}" for n in range(3, len(batch) + 3)))
            owned |= {row[0] for row in await self._database.run(statement, owner, due, *batch)}
        return owned

    async def move(
        self, old: Job, new: Job, entry: LedgerEntry | None = None, *, keep_lease: bool = False
    ) -> Job | None:
        async def work(statements: Statements) -> Job | None:
            rows = await statements.run(
                MOVE_JOB, old.id, old.version, *_movable_columns(new), new.due_at, int(keep_lease)
            )
            if not rows:
                return await _find_own_write(statements, old, new, keep_lease) if statements.is_retry else None
            ((owner, due_at, version),) = rows
            if entry:
                facts = (entry.recorded_at, entry.event, entry.asker_key, entry.studio, entry.cost, entry.sentence)
                await statements.run(INSERT_LEDGER_ENTRY, version, entry.job, *facts)
            return new.evolve(owner=owner, due_at=due_at, version=version)

        moved = await self._database.write(work, single=entry is None)
        if moved and moved.owner is None and moved.queue == WORK_QUEUE:
            self._database.wakeups.notify(WORK_QUEUE)
        return moved

    async def nudge(self, job: str, now: float) -> bool:
        due = bool(await self._database.run(NUDGE_JOB, job, now))
        self._database.wakeups.notify(job_signal(job))  # due or not: another process may have the lease
        return due

    async def next_due(self, queue: str) -> float | None:
        rows = await self._database.read(SELECT_NEXT_DUE_JOB, queue)
        return rows[0][0] if rows else None

    async def list_jobs(self, job_filter: JobFilter) -> list[Job]:
        sql, values = _search_query(job_filter)
        found: list[Job] = []
        offset = 0
        while len(found) < job_filter.limit:
            rows = await self._database.read(sql, *values, job_filter.limit - len(found), offset)
            if not rows:
                break
            offset += len(rows)
            found += _parse_jobs(rows)
        return found

    async def expired(self, before: float, limit: int) -> list[Job]:
        return list(_parse_jobs(await self._database.read(SELECT_EXPIRED_JOBS, before, limit)))

    async def recent_durations(self, studio: str, kind: str, size: float, limit: int = 20) -> list[float]:
        rows = await self._database.read(SELECT_RECENT_DURATIONS, studio, kind, size / 2 - 50, size * 2 + 50, limit)
        return [seconds for (seconds,) in rows]

    async def delete_workspace(self, platform: str, workspace: str, before: float) -> None:
        await self._database.run(DELETE_WORKSPACE_JOBS, platform, workspace, before)

    async def upload_in_use(self, studio: str, upload: str) -> bool:
        like = re.sub(r"[^A-Za-z0-9]+", "%", f" {upload} ")  # characters that JSON or LIKE escape only widen the match
        return bool(await self._database.read(SELECT_UPLOAD_USE, studio, like))

    async def prune_counters(self, before: float) -> None:
        await self._database.run(DELETE_OLD_COUNTERS, before)

    async def ledger_of(self, job: str) -> list[LedgerEntry]:
        return [LedgerEntry(*row) for row in await self._database.read(SELECT_LEDGER, job)]


async def _insert_gesture(statements: Statements, jobs: list[Job]) -> list[Job]:
    """Add the jobs of one gesture, or return those added for it before. Its first job decides which."""
    first, *others = [_job_row(job, nth) for nth, job in enumerate(jobs)]
    if await statements.run_counting(INSERT_FIRST_JOB, *first):
        await statements.run_many(INSERT_JOB, others)
        return jobs
    if jobs[0].idempotency_key and (rows := await statements.run(SELECT_BY_IDEMPOTENCY_KEY, jobs[0].idempotency_key)):
        return list(_parse_jobs(rows))
    if statements.is_retry:
        return jobs
    raise ValueError(f"{jobs[0].id} is stored already")


async def _find_own_write(statements: Statements, old: Job, new: Job, keep_lease: bool) -> Job | None:
    """Our own move, if it was written and only the answer was lost."""
    written = (old.owner if keep_lease else None, old.version + 1, _movable_columns(new)[-1])
    for _, owner, due_at, version, body in await statements.run(SELECT_JOB, old.id):
        if (owner, version, body) == written:
            return new.evolve(owner=owner, due_at=due_at, version=version)
    return None


def _job_row(job: Job, index: int) -> tuple[Value, ...]:
    asker = (job.asker.platform, job.asker.workspace, job.asker.user)
    fixed_columns = (job.id, job.group, job.idempotency_key, index, *asker, job.asked_at, job.place.rules_key)
    return (*fixed_columns, *_movable_columns(job), job.due_at, job.owner, job.version)


def _movable_columns(job: Job) -> tuple[Value, ...]:
    """The columns that a move may change, the body last."""
    # None is the default of every field that can be None (a test checks it), so it need not be stored.
    body = job.model_dump_json(exclude=_COLUMN_ONLY_FIELDS, exclude_none=True)
    request = job.request
    return (job.studio, request.kind, request.size, job.stage, job.queue, job.made_at, _duration_seconds(job), body)


def _duration_seconds(job: Job) -> float | None:
    if job.stage is not Stage.DELIVERED or job.made_at is None or job.submitted_at is None:
        return None
    took = job.made_at - job.submitted_at
    return took if took >= 0 else None  # the clock was set back in between


def _parse_jobs(rows: Sequence[Row]) -> Iterator[Job]:
    """The jobs of these rows; unreadable ones are logged and skipped."""
    for id_, owner, due_at, version, body in rows:
        try:
            job = Job.model_validate_json(body)
        except (ValidationError, Trouble) as error:
            log.error("job cannot be read", job=id_, faults=_describe_error(error))
            continue
        yield job.evolve(owner=owner, due_at=due_at, version=version)


def _describe_error(error: ValidationError | Trouble) -> list[str]:
    """The faults without the values, which people wrote and a log must not show."""
    if isinstance(error, Trouble):
        return [type(error).__name__]
    return [
        f"{'.'.join(map(str, detail['loc']))}: {detail['type']}"
        for detail in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _search_query(wanted: JobFilter) -> tuple[str, list[Value]]:
    values: list[Value] = []

    def placeholder(value: Value) -> str:
        values.append(value)
        return f"${len(values)}"

    conditions_by_value = {
        "platform =": wanted.platform,
        "workspace =": wanted.workspace,
        "user_id =": wanted.user,
        "idempotency_key =": wanted.idempotency_key,
    }
    conditions = [f"{which} {placeholder(value)}" for which, value in conditions_by_value.items() if value is not None]
    if wanted.ended is not None:
        conditions.append(
            f"stage {'' if wanted.ended else 'NOT '}IN "
            f"({', '.join(placeholder(stage) for stage in sorted(END_STAGES))})"
        )
    if wanted.stages:
        conditions.append(f"stage IN ({', '.join(placeholder(stage) for stage in sorted(wanted.stages))})")
    where = " WHERE " + " AND ".join(conditions) if conditions else ""
    order = f" ORDER BY asked_at DESC, id DESC LIMIT ${len(values) + 1} OFFSET ${len(values) + 2}"
    return f"SELECT id, owner, due_at, version, body FROM jobs{where}{order}", values  # noqa: S608 - values are marked
