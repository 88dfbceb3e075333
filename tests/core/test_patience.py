"""What is away is asked ever more rarely, and trouble that is nobody's fault ends no job."""

import errno
from pathlib import Path

import pytest

from bot.errors import Broken, TryAgain
from bot.jobs.job import Job, Stage
from tests.core.bench import Bench
from tests.fakes.memory import MemoryJobs


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Everything but an engine."""
    return Bench(tmp_path)


@pytest.mark.parametrize(("method", "most"), [("submit", 15), ("prepare", 15)])
async def test_a_studio_that_is_away_is_asked_ever_more_rarely(bench: Bench, method: str, most: int) -> None:
    """In ten minutes about a dozen times, not six hundred."""
    bench.studio.fail(method, *[TryAgain("It cannot be reached.")] * 700)
    async with bench.running() as (_, desk):
        await bench.ask(desk)
        await bench.clock.advance(600)
    assert 5 <= bench.studio.calls.count(method) <= most


async def test_a_chat_that_is_away_is_asked_ever_more_rarely(bench: Bench) -> None:
    """The finished video waits for it."""
    bench.chat.fail("deliver", *[TryAgain("It cannot be reached.")] * 8)
    async with bench.running() as (_, desk):
        job = await bench.ask(desk)
        await bench.until(job, "kept")
        for _ in range(60):
            await bench.clock.advance(0.5)
        assert len(bench.chat.faults["deliver"]) >= 2
        await bench.until(job, "delivered")
    assert len(bench.chat.videos) == 1


async def test_a_disk_without_room_ends_no_job(bench: Bench) -> None:
    """However often a step finds no room, the job waits for it."""
    bench.studio.fail("prepare", *[OSError(errno.ENOSPC, "No space left on device")] * 30)
    async with bench.running() as (_, desk):
        job = await bench.ask(desk)
        await bench.until(job, "delivered", seconds=6000)
    assert len(bench.studio.charged) == 1


class ShutJobs(MemoryJobs):
    """A store that cannot be read for a while."""

    shut = 0

    async def get(self, job: str) -> Job | None:
        if self.shut:
            self.shut -= 1
            raise Broken("The database is locked.")
        return await super().get(job)


async def test_a_store_that_fails_after_a_step_failed_does_not_end_the_bot(tmp_path: Path) -> None:
    """Two troubles at once: the job is taken up again when its hold has run out."""
    jobs = ShutJobs()
    bench = Bench(tmp_path, jobs=jobs)
    bench.studio.fail("prepare", RuntimeError("nobody expects this"))
    async with bench.running() as (_, desk):
        job = await bench.ask(desk)
        jobs.shut = 1
        await bench.clock.advance(1)
        assert not jobs.shut
        assert (await bench.until(job, "delivered")).stage is Stage.DELIVERED


async def test_news_again_and_again_are_one_look(bench: Bench) -> None:
    """Whoever calls a hundred times within a second makes us look once more, not a hundred times."""
    bench.studio.finish_at_once = False
    async with bench.running() as (engine, desk):
        job = await bench.ask(desk)
        await bench.clock.advance(30)
        before = bench.studio.calls.count("look")
        for _ in range(100):
            await engine.nudge(job.id)
            await bench.clock.advance(0.005)
        assert bench.studio.calls.count("look") - before <= 2
        bench.studio.done.update(bench.studio.held.values())
        await bench.until(job, "delivered")


async def test_an_answer_that_no_one_expected_stops_nobody(bench: Bench) -> None:
    """A studio that answers nonsense, a chat that trips over its own reading: the job is looked at again later."""
    bench.studio.fail("look", ValueError("no answer that was ever described"), *[TryAgain("It cannot be reached.")] * 4)
    async with bench.running() as (_, desk):
        job = await bench.ask(desk)
        await bench.until(job, "rendering")
        bench.chat.fail("show", *[ValueError("Expecting value: line 1 column 1 (char 0)")] * 2)
        for _ in range(120):
            await bench.clock.advance(1)
        await bench.until(job, "delivered")
    assert not bench.chat.faults["show"]
    assert len(bench.chat.videos) == 1
