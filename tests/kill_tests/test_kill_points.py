"""Points are found by themselves, and each is struck exactly where it is."""

from pathlib import Path

from bot.jobs.job import Stage
from bot.runtime.clock import SystemClock
from storage.sqlite.open import open_sqlite
from storage.tables.jobs import SqlJobs
from storage.tables.key_value import SqlKeyValueStore
from tests.fakes.sample_job import a_job
from tests.kill_tests.bot_control.call_relay import path_pattern
from tests.kill_tests.bot_control.gated_writes import GatedDatabase
from tests.kill_tests.bot_control.kill_points import KillGate, points_on_both_sides

NOW = SystemClock().now()


class FakeDeath(Exception):
    """Stands for the end of a process."""


def _raise_death() -> None:
    raise FakeDeath


async def test_whatever_writes_is_a_point(tmp_path: Path) -> None:
    """Nobody names them: what a transaction changes is its name; reading, and claiming nothing, are none."""
    passed: list[tuple[str, int]] = []
    gate = KillGate(lambda name, nth: passed.append((name, nth)), None, _raise_death)
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        jobs = SqlJobs(GatedDatabase(gate, database))
        assert await jobs.claim("work", "me", NOW, NOW + 60, 10) == []
        (job,) = await jobs.add([a_job()])
        await jobs.get(job.id)
        await jobs.move(job, job.to_stage(Stage.SUBMITTING, NOW))
    assert passed == [("write INSERT jobs asked", 1), ("write UPDATE jobs submitting", 1)]


async def test_before_a_write_nothing_of_it_is_there_and_after_it_all_of_it(tmp_path: Path) -> None:
    """The one side of a point is before the commit, the other after it and before anybody hears of it."""
    for side, there in (("before", None), ("after", {"a": 1})):
        target = next(each for each in points_on_both_sides([("write INSERT key_values", 2)], 2) if each.side == side)
        gate = KillGate(lambda name, nth: None, target, _raise_death)
        async with open_sqlite(tmp_path / f"{side}.sqlite3") as database:
            notes = SqlKeyValueStore(GatedDatabase(gate, database))
            await notes.put("space", "first", {})
            try:
                await notes.put("space", "second", {"a": 1})
            except FakeDeath:
                assert await notes.get("space", "second") == there
            else:
                raise AssertionError("it lives")


def test_what_is_repeated_is_killed_a_few_times_only() -> None:
    """Polling passes the same point for ever."""
    points = points_on_both_sides([("call GET /talks", nth) for nth in range(1, 50)], 2)
    assert [str(each) for each in points] == [
        *("before call GET /talks #1", "after call GET /talks #1"),
        *("before call GET /talks #2", "after call GET /talks #2"),
    ]
    assert all(each.is_call for each in points)


def test_the_same_call_has_the_same_name_in_every_run() -> None:
    """Ids are cut out of paths; names and versions stay."""
    assert path_pattern("/talks/tlk_w81kd") == "/talks/*"
    assert path_pattern("/talks/tlk_wmqabhbeZrvzHXmuLIxU") == "/talks/*"
    assert path_pattern("/v2/video/generate") == "/v2/video/generate"
    assert path_pattern("/api/files.getUploadURLExternal") == "/api/files.getUploadURLExternal"
    assert path_pattern("/api/v10/channels/600/messages/123") == "/api/v10/channels/*/messages/*"
