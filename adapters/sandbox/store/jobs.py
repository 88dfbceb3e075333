"""A job of the sandbox: its row, and the moves from accepted to ended."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from adapters.sandbox.fault_injection import InjectedFault
from adapters.sandbox.store.billing import Charge, charge_jobs
from adapters.sandbox.store.database import Row, SandboxDatabase, insert_row

NEVER_DUE = 1e15  # due of a stuck job: far, yet a number SQLite and JSON agree on


@dataclass(frozen=True)
class SandboxJob:
    """One accepted job. ``stage`` is where the sandbox stands with it, ``status`` what the studio calls that."""

    id: str
    studio: str
    kind: str
    body: dict[str, Any]
    base_url: str
    created: float
    running_status: str = "started"
    group_id: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    faults: tuple[InjectedFault, ...] = ()
    stage: str = "waiting"
    status: str = "created"
    started: float | None = None
    modified: float = 0.0
    finished: float | None = None
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    seq: int = 0

    def find_fault(self, name: str) -> InjectedFault | None:
        return next((one for one in self.faults if one.name == name), None)

    @property
    def ended(self) -> bool:
        return self.stage == "ended"


def _job_from_row(row: Row) -> SandboxJob:
    values = {name: row[name] for name in row.keys() if name != "due"}  # noqa: SIM118 - a Row iterates values
    for name in ("body", "files", "notes", "result", "error"):
        values[name] = json.loads(values[name]) if values[name] else None
    values["faults"] = tuple(InjectedFault(*pair) for pair in json.loads(values["faults"]))
    return SandboxJob(**values)


def _dump_faults(faults: Iterable[InjectedFault]) -> str:
    return json.dumps([[one.name, one.value] for one in faults])


def _row_from_job(job: SandboxJob) -> dict[str, Any]:
    values = {each.name: getattr(job, each.name) for each in fields(job) if each.name != "seq"}
    values |= {name: json.dumps(values[name]) for name in ("body", "files", "notes")}
    return values | {"faults": _dump_faults(job.faults), "modified": job.created, "due": 0}


async def accept_jobs(
    database: SandboxDatabase, jobs: Sequence[SandboxJob], charges: Sequence[Charge], total: float
) -> None:
    """Write jobs and their charges in one transaction: whatever was answered for is kept, and paid once."""
    async with database.transaction() as db:
        await charge_jobs(db, charges, total)
        for job in jobs:
            await insert_row(db, "jobs", _row_from_job(job))


async def find_job(database: SandboxDatabase, job_id: str) -> SandboxJob | None:
    row = await database.fetch_one("SELECT * FROM jobs WHERE id = ?", job_id)
    return _job_from_row(row) if row else None


async def list_jobs(
    database: SandboxDatabase,
    studio: str,
    kind: str,
    limit: int,
    before: int | None = None,
    group_id: str | None = None,
) -> list[SandboxJob]:
    """Up to so many jobs of one kind, newest first, older than a place in the list."""
    page_rows = await database.fetch_all(
        "SELECT * FROM jobs WHERE studio = ?1 AND kind = ?2 AND seq < ?3 AND (?4 IS NULL OR group_id = ?4)"
        " ORDER BY seq DESC LIMIT ?5",
        *(studio, kind, NEVER_DUE if before is None else before, group_id, limit),
    )
    return [_job_from_row(row) for row in page_rows]


async def delete_job(database: SandboxDatabase, job_id: str) -> None:
    """Remove a job; its charge stays in the ledger."""
    await database.execute("DELETE FROM jobs WHERE id = ?", job_id)


async def requeue_interrupted(database: SandboxDatabase) -> None:
    """Take up again what was being rendered when the sandbox died."""
    await database.execute("UPDATE jobs SET stage = 'waiting' WHERE stage = 'rendering'")


async def claim_job(database: SandboxDatabase, now: float) -> SandboxJob | None:
    """The job to render next, now in work."""
    claimed = await database.fetch_all(
        "UPDATE jobs SET stage = 'rendering', status = running_status, started = COALESCE(started, ?1), modified = ?1"
        " WHERE id = (SELECT id FROM jobs WHERE stage = 'waiting' AND due <= ?1 ORDER BY due, seq LIMIT 1) RETURNING *",
        now,
    )
    return _job_from_row(claimed[0]) if claimed else None


async def postpone_job(database: SandboxDatabase, job: SandboxJob, due: float, used_fault: str) -> None:
    """Put a job back until later, its reason for waiting used up."""
    faults_left = _dump_faults(one for one in job.faults if one.name != used_fault)
    await database.execute(
        "UPDATE jobs SET stage = 'waiting', due = ?, faults = ? WHERE id = ?", due, faults_left, job.id
    )


async def next_due(database: SandboxDatabase) -> float | None:
    """When the next waiting job comes due, if any ever does."""
    row = await database.fetch_one("SELECT min(due) AS due FROM jobs WHERE stage = 'waiting' AND due < ?", NEVER_DUE)
    return None if row is None or row["due"] is None else float(row["due"])


@dataclass(frozen=True)
class RenderOutcome:
    status: str
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None


async def finish_job(
    database: SandboxDatabase, job: SandboxJob, outcome: RenderOutcome, now: float, webhooks: Sequence[bool]
) -> None:
    """Write the end together with the hooks owed for it: one per entry, true for a forged one."""
    result, error = (json.dumps(part) if part else None for part in (outcome.result, outcome.error))
    async with database.transaction() as db:
        await db.execute(
            "UPDATE jobs SET stage = 'ended', status = ?, result = ?, error = ?, modified = ?, finished = ? "
            "WHERE id = ?",
            (outcome.status, result, error, now, now, job.id),
        )
        for forged in webhooks:
            await insert_row(db, "webhooks", {"job": job.id, "forged": forged, "tries": 0, "due": now})


async def add_fault(database: SandboxDatabase, job_id: str, fault: InjectedFault) -> None:
    """Let a fault ride on a job."""
    if job := await find_job(database, job_id):
        await database.execute("UPDATE jobs SET faults = ? WHERE id = ?", _dump_faults((*job.faults, fault)), job_id)


async def spend_fault(database: SandboxDatabase, job: SandboxJob, name: str) -> None:
    """Use up one strike of a fault that rides on a job."""
    left = [InjectedFault(one.name, str(int(one.seconds) - 1)) if one.name == name else one for one in job.faults]
    faults_left = [one for one in left if one.name != name or one.seconds > 0]
    await database.execute("UPDATE jobs SET faults = ? WHERE id = ?", _dump_faults(faults_left), job.id)
