"""What only the SQL store has: indexes, rows of older programs, leases of dead processes."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from structlog.testing import capture_logs

from bot.jobs.job import REQUESTS, WORK_QUEUE, Asker, Job, JobFilter, Jobs, LedgerEntry, Place, Stage
from bot.requests.media import Media, StoredVideo
from storage.sqlite.database import SqliteDatabase, to_sqlite_syntax
from storage.sqlite.open import open_sqlite
from storage.tables.jobs import CLAIM_DUE_JOBS, SELECT_NEXT_DUE_JOB, SELECT_RECENT_DURATIONS, SqlJobs
from tests.fakes.memory_jobs import MemoryJobs
from tests.fakes.sample_job import NOW, a_job


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """A new database."""
    async with open_sqlite(tmp_path / "a.sqlite3") as opened:
        yield opened


async def _query_plan(database: SqliteDatabase, sql: str, *values: str | float) -> str:
    rows = await database.read(f"EXPLAIN QUERY PLAN {sql}", *values)
    return "; ".join(str(row[-1]) for row in rows)


async def _spoil_body(database: SqliteDatabase, job: Job, body: str = '{"request": {"script": "A secret."}}') -> None:
    await database.run("UPDATE jobs SET body = $2 WHERE id = $1", job.id, body)


async def test_due_jobs_are_found_by_index(database: SqliteDatabase) -> None:
    """However many wait, a claim reads only due jobs, in order, without sorting."""
    plan = await _query_plan(database, to_sqlite_syntax(CLAIM_DUE_JOBS), WORK_QUEUE, NOW, 10, "a", NOW + 30)
    assert "SEARCH jobs USING COVERING INDEX jobs_due (queue=? AND due_at<?)" in plan
    assert "B-TREE" not in plan
    assert (
        await _query_plan(database, SELECT_NEXT_DUE_JOB, WORK_QUEUE)
        == "SEARCH jobs USING COVERING INDEX jobs_due (queue=? AND due_at>?)"
    )


async def test_how_long_it_took_is_read_from_the_index_alone(database: SqliteDatabase) -> None:
    """A long history is read newest first without reading its jobs."""
    plan = await _query_plan(database, SELECT_RECENT_DURATIONS, "did", "talk", 0, 100, 20)
    assert plan == "SEARCH jobs USING COVERING INDEX jobs_duration (studio=? AND kind=?)"


async def test_listing_walks_an_index(database: SqliteDatabase) -> None:
    """A user's newest jobs are found without sorting all jobs."""
    where = "WHERE platform = $3 AND workspace = $4 AND user_id = $5"
    sql = f"SELECT id FROM jobs {where} ORDER BY asked_at DESC, id DESC LIMIT $1 OFFSET $2"  # noqa: S608 - ours
    plan = await _query_plan(database, sql, 20, 0, "p", "w", "u")
    assert "INDEX jobs_" in plan
    assert "B-TREE" not in plan


async def test_a_row_of_an_older_program_does_not_break_lists(database: SqliteDatabase) -> None:
    """Unreadable jobs are skipped and logged by id, without what people wrote."""
    jobs = SqlJobs(database)
    bad, good = await jobs.add([a_job(due_at=NOW - 9), a_job()])
    await _spoil_body(database, bad)
    with capture_logs() as logs:
        assert await jobs.list_jobs(JobFilter(limit=1)) == [good]
        assert [job.id for job in await jobs.claim(WORK_QUEUE, "a", NOW, NOW + 30, 10)] == [good.id]
        assert await jobs.get(bad.id) is None
    assert {line["job"] for line in logs} == {bad.id}
    assert {line["log_level"] for line in logs} == {"error"}
    assert "secret" not in repr(logs)


async def test_a_list_is_filled_past_what_cannot_be_read(database: SqliteDatabase) -> None:
    """Unreadable rows at the top do not leave the list empty."""
    jobs = SqlJobs(database)
    added = await jobs.add([a_job(asked_at=NOW + n) for n in range(9)])
    for job in added[4:]:
        await _spoil_body(database, job, "{")
    assert await jobs.list_jobs(JobFilter(limit=3)) == added[3:0:-1]


async def test_what_could_not_be_read_is_tried_again_later(database: SqliteDatabase) -> None:
    """A claim postpones it without an owner, so that no renewal keeps it; once readable it is claimed."""
    jobs = SqlJobs(database)
    (job,) = await jobs.add([a_job()])
    ((body,),) = await database.read("SELECT body FROM jobs")
    await _spoil_body(database, job)
    assert await jobs.claim(WORK_QUEUE, "a", NOW, NOW + 30, 10) == []
    await jobs.renew("a", [job.id], NOW + 1000)
    assert await jobs.claim(WORK_QUEUE, "a", NOW + 9, NOW + 60, 10) == []
    await _spoil_body(database, job, body)
    (again,) = await jobs.claim(WORK_QUEUE, "a", NOW + 10, NOW + 60, 10)
    assert again.id == job.id


async def test_a_request_that_rules_now_forbid_is_passed_over(database: SqliteDatabase) -> None:
    """A job from before a stricter rule does not break the list."""
    jobs = SqlJobs(database)
    (job,) = await jobs.add([a_job("Hello there")])
    ((body,),) = await database.read("SELECT body FROM jobs")
    await _spoil_body(database, job, body.replace("Hello there", "   "))
    assert await jobs.list_jobs(JobFilter()) == []


async def test_opening_releases_the_leases_of_dead_processes(tmp_path: Path) -> None:
    """No other process can run, so every lease is a dead process's and due at once."""
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        jobs = SqlJobs(database)
        held, free = await jobs.add([a_job(), a_job(due_at=NOW + 500)])
        await jobs.claim(WORK_QUEUE, "dead", NOW, NOW + 1e9, 10)
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        jobs = SqlJobs(database)
        assert [job.id for job in await jobs.claim(WORK_QUEUE, "new", NOW, NOW + 30, 10)] == [held.id]
        assert await jobs.get(free.id) == free


@pytest.mark.parametrize("value", [Job, Asker, Place, Media, StoredVideo, *REQUESTS])
def test_what_may_be_none_is_none_by_default(value: type) -> None:
    """Rows leave out what is None, so a field that may be None must be None again when it is missing."""
    schema = TypeAdapter(value).json_schema()
    assert schema["properties"]
    for name, field in schema["properties"].items():
        if {"type": "null"} in field.get("anyOf", []):
            assert field.get("default", "missing") is None, name


StoryStep = Callable[[Jobs, list[Job]], Coroutine[Any, Any, Any]]
_indexes = st.integers(0, 5)
_owners = st.sampled_from(["a", "b"])
_moments = st.integers(0, 40).map(lambda n: NOW + n)


def _add_step(once: str | None, due: float | None) -> StoryStep:
    model = a_job(idempotency_key=once, due_at=due)

    async def step(jobs: Jobs, seen: list[Job]) -> Any:
        if await jobs.get(model.id):
            return None
        added = await jobs.add([model])
        seen.extend(added)
        return added

    return step


def _claim_step(owner: str, now: float, held: float, limit: int) -> StoryStep:
    async def step(jobs: Jobs, seen: list[Job]) -> Any:
        claimed = await jobs.claim(WORK_QUEUE, owner, now, now + held, limit)
        seen.extend(claimed)
        return claimed

    return step


def _move_step(which: int, stage: Stage, due: float | None, hold: bool, told: bool) -> StoryStep:
    async def step(jobs: Jobs, seen: list[Job]) -> Any:
        if not seen:
            return None
        # Any value ever read may be tried: most are outdated, and both stores must say so.
        old = seen[-1 - which % len(seen)]
        entry = LedgerEntry(recorded_at=NOW, job=old.id, event=stage, asker_key="u", studio="did")
        moved = await jobs.move(old, old.to_stage(stage, NOW, due_at=due, asker_notified=told), entry, keep_lease=hold)
        seen.extend([moved] if moved else [])
        return moved, await jobs.ledger_of(old.id)

    return step


def _nudge_step(which: int, now: float) -> StoryStep:
    async def step(jobs: Jobs, seen: list[Job]) -> Any:
        return await jobs.nudge(seen[which % len(seen)].id, now) if seen else None

    return step


def _renew_step(owner: str, until: float) -> StoryStep:
    async def step(jobs: Jobs, seen: list[Job]) -> Any:
        return await jobs.renew(owner, [job.id for job in seen], until)

    return step


_due_times = st.none() | _moments
_stories = st.lists(
    st.one_of(
        st.builds(_add_step, st.none() | st.sampled_from(["e1", "e2"]), _due_times),
        st.builds(_claim_step, _owners, _moments, st.sampled_from([5.0, 15.0]), st.integers(1, 3)),
        st.builds(_move_step, _indexes, st.sampled_from(list(Stage)), _due_times, st.booleans(), st.booleans()),
        st.builds(_nudge_step, _indexes, _moments),
        st.builds(_renew_step, _owners, _moments),
    ),
    min_size=4,
    max_size=25,
)


async def _run_story(jobs: Jobs, steps: list[StoryStep]) -> list[Any]:
    seen: list[Job] = []  # every value that was ever read
    told = []
    for step in steps:
        told.append(await step(jobs, seen))
        told.append([await jobs.next_due(WORK_QUEUE), await jobs.list_jobs(JobFilter(limit=50))])
    return told


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=_stories)
def test_any_story_reads_the_same_in_memory_and_on_disk(steps: list[StoryStep]) -> None:
    """After any sequence of calls, with current or outdated values, both stores return the same."""

    async def run_both() -> None:
        folder = await asyncio.to_thread(tempfile.mkdtemp)
        try:
            async with open_sqlite(Path(folder, "a.sqlite3")) as database:
                assert await _run_story(SqlJobs(database), steps) == await _run_story(MemoryJobs(), steps)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder)

    asyncio.run(run_both())
