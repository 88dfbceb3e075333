"""A job of the sandbox: its row, and the moves from accepted to ended."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiosqlite

from adapters.sandbox.fault_injection import Fault
from adapters.sandbox.store.billing import Charge, pay
from adapters.sandbox.store.database import Row, Rows

NEVER = 1e15  # due of a stuck job: far, yet a number SQLite and JSON agree on


@dataclass(frozen=True)
class Job:
    """One accepted job. ``stage`` is where the sandbox stands with it, ``status`` what the studio calls that."""

    id: str
    studio: str
    kind: str
    body: dict[str, Any]
    base: str
    created: float
    running: str = "started"
    party: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    stage: str = "waiting"
    status: str = "created"
    started: float | None = None
    modified: float = 0.0
    finished: float | None = None
    film: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    seq: int = 0

    def fault(self, name: str) -> Fault | None:
        """The fault of this name that rides on the job."""
        return next((one for one in self.faults if one.name == name), None)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.stage == "ended"


def _job(row: Row) -> Job:
    values = {name: row[name] for name in row.keys() if name != "due"}  # noqa: SIM118 - a Row iterates values
    for name in ("body", "files", "notes", "film", "error"):
        values[name] = json.loads(values[name]) if values[name] else None
    values["faults"] = tuple(Fault(*pair) for pair in json.loads(values["faults"]))
    return Job(**values)


def _faults(faults: Iterable[Fault]) -> str:
    return json.dumps([[one.name, one.value] for one in faults])


async def _insert(db: aiosqlite.Connection, job: Job) -> None:
    texts = (json.dumps(job.body), json.dumps(job.files), json.dumps(job.notes), _faults(job.faults))
    await db.execute(
        "INSERT INTO jobs (id, studio, kind, party, stage, status, running, body, files, notes, faults, base, created,"
        " modified, due) VALUES (?, ?, ?, ?, 'waiting', 'created', ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        (job.id, job.studio, job.kind, job.party, job.running, *texts, job.base, job.created, job.created),
    )


async def accept(rows: Rows, jobs: Sequence[Job], charges: list[Charge], total: float) -> None:
    """Write jobs and their charges in one transaction: whatever was answered for is kept, and paid once."""
    async with rows.turn() as db:
        await pay(db, charges, total)
        for job in jobs:
            await _insert(db, job)


async def find(rows: Rows, job_id: str) -> Job | None:
    """A job by its id."""
    row = await rows.one("SELECT * FROM jobs WHERE id = ?", job_id)
    return _job(row) if row else None


async def page(
    rows: Rows, studio: str, kind: str, limit: int, before: int | None = None, party: str | None = None
) -> list[Job]:
    """Up to so many jobs of one kind, newest first, older than a place in the list."""
    found = await rows.all(
        "SELECT * FROM jobs WHERE studio = ?1 AND kind = ?2 AND seq < ?3 AND (?4 IS NULL OR party = ?4)"
        " ORDER BY seq DESC LIMIT ?5",
        *(studio, kind, NEVER if before is None else before, party, limit),
    )
    return [_job(row) for row in found]


async def forget(rows: Rows, job_id: str) -> None:
    """Remove a job; its charge stays in the ledger."""
    await rows.do("DELETE FROM jobs WHERE id = ?", job_id)


async def resume(rows: Rows) -> None:
    """Take up again what was being rendered when the sandbox died."""
    await rows.do("UPDATE jobs SET stage = 'waiting' WHERE stage = 'rendering'")


async def claim(rows: Rows, now: float) -> Job | None:
    """The job to render next, now in work."""
    found = await rows.all(
        "UPDATE jobs SET stage = 'rendering', status = running, started = COALESCE(started, ?1), modified = ?1"
        " WHERE id = (SELECT id FROM jobs WHERE stage = 'waiting' AND due <= ?1 ORDER BY due, seq LIMIT 1) RETURNING *",
        now,
    )
    return _job(found[0]) if found else None


async def hold(rows: Rows, job: Job, due: float, without: str) -> None:
    """Put a job back until later, its reason for waiting used up."""
    rest = _faults(one for one in job.faults if one.name != without)
    await rows.do("UPDATE jobs SET stage = 'waiting', due = ?, faults = ? WHERE id = ?", due, rest, job.id)


async def next_due(rows: Rows) -> float | None:
    """When the next waiting job comes due, if any ever does."""
    row = await rows.one("SELECT min(due) AS due FROM jobs WHERE stage = 'waiting' AND due < ?", NEVER)
    return None if row is None or row["due"] is None else float(row["due"])


@dataclass(frozen=True)
class End:
    """How a job ended."""

    status: str
    film: dict[str, Any] | None = None
    error: dict[str, str] | None = None


async def end(rows: Rows, job: Job, how: End, now: float, hooks: Sequence[bool]) -> None:
    """Write the end together with the hooks owed for it: one per entry, true for a forged one."""
    film, error = (json.dumps(part) if part else None for part in (how.film, how.error))
    async with rows.turn() as db:
        await db.execute(
            "UPDATE jobs SET stage = 'ended', status = ?, film = ?, error = ?, modified = ?, finished = ? WHERE id = ?",
            (how.status, film, error, now, now, job.id),
        )
        for forged in hooks:
            await db.execute("INSERT INTO hooks (job, forged, tries, due) VALUES (?, ?, 0, ?)", (job.id, forged, now))


async def spend_fault(rows: Rows, job: Job, name: str) -> None:
    """Use up one strike of a fault that rides on a job."""
    left = [Fault(one.name, str(int(one.seconds) - 1)) if one.name == name else one for one in job.faults]
    kept = [one for one in left if one.name != name or one.seconds > 0]
    await rows.do("UPDATE jobs SET faults = ? WHERE id = ?", _faults(kept), job.id)
