"""What is away is asked ever more rarely, and trouble that is nobody's fault ends no job."""

import errno
from pathlib import Path

import pytest

from bot.errors import Broken, TryAgain
from bot.jobs.job import Job, Stage
from tests.bot.bot_harness import BotHarness
from tests.fakes.memory_jobs import MemoryJobs


@pytest.fixture
def bench(tmp_path: Path) -> BotHarness:
    """Everything but an engine."""
    return BotHarness(tmp_path)


@pytest.mark.parametrize(("method", "most"), [("submit", 15), ("prepare", 15)])
async def test_a_studio_that_is_away_is_asked_ever_more_rarely(bench: BotHarness, method: str, most: int) -> None:
    """In ten minutes about a dozen times, not six hundred."""
    bench.studio.fail_next(method, *[TryAgain("It cannot be reached.")] * 700)
    async with bench.running() as (_, desk):
        await bench.ask_for_job(desk)
        await bench.clock.advance(600)
    assert 5 <= bench.studio.calls.count(method) <= most


async def test_a_chat_that_is_away_is_asked_ever_more_rarely(bench: BotHarness) -> None:
    """The finished video waits for it."""
    bench.chat.fail_next("deliver", *[TryAgain("It cannot be reached.")] * 8)
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.wait_for_stage(job, "kept")
        for _ in range(60):
            await bench.clock.advance(0.5)
        assert len(bench.chat.errors["deliver"]) >= 2
        await bench.wait_for_stage(job, "delivered")
    assert len(bench.chat.videos) == 1


async def test_a_disk_without_room_ends_no_job(bench: BotHarness) -> None:
    """However often a step finds no room, the job waits for it."""
    bench.studio.fail_next("prepare", *[OSError(errno.ENOSPC, "No space left on device")] * 30)
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.wait_for_stage(job, "delivered", seconds=6000)
    assert len(bench.studio.charged_markers) == 1


class UnreadableJobs(MemoryJobs):
    """A store that cannot be read for a while."""

    unreadable = 0

    async def get(self, job: str) -> Job | None:
        if self.unreadable:
            self.unreadable -= 1
            raise Broken("The database is locked.")
        return await super().get(job)


async def test_a_store_that_fails_after_a_step_failed_does_not_end_the_bot(tmp_path: Path) -> None:
    """Two troubles at once: the job is taken up again when its hold has run out."""
    jobs = UnreadableJobs()
    bench = BotHarness(tmp_path, jobs=jobs)
    bench.studio.fail_next("prepare", RuntimeError("nobody expects this"))
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        jobs.unreadable = 1
        await bench.clock.advance(1)
        assert not jobs.unreadable
        assert (await bench.wait_for_stage(job, "delivered")).stage is Stage.DELIVERED


async def test_news_again_and_again_are_one_look(bench: BotHarness) -> None:
    """Whoever calls a hundred times within a second makes us look once more, not a hundred times."""
    bench.studio.finish_at_once = False
    async with bench.running() as (engine, desk):
        job = await bench.ask_for_job(desk)
        await bench.clock.advance(30)
        before = bench.studio.calls.count("look")
        for _ in range(100):
            await engine.nudge(job.id)
            await bench.clock.advance(0.005)
        assert bench.studio.calls.count("look") - before <= 2
        bench.studio.finished_tickets.update(bench.studio.tickets.values())
        await bench.wait_for_stage(job, "delivered")


async def test_an_answer_that_no_one_expected_stops_nobody(bench: BotHarness) -> None:
    """A studio that answers nonsense, a chat that trips over its own reading: the job is looked at again later."""
    bench.studio.fail_next(
        "look", ValueError("no answer that was ever described"), *[TryAgain("It cannot be reached.")] * 4
    )
    async with bench.running() as (_, desk):
        job = await bench.ask_for_job(desk)
        await bench.wait_for_stage(job, "rendering")
        bench.chat.fail_next("show", *[ValueError("Expecting value: line 1 column 1 (char 0)")] * 2)
        for _ in range(120):
            await bench.clock.advance(1)
        await bench.wait_for_stage(job, "delivered")
    assert not bench.chat.errors["show"]
    assert len(bench.chat.videos) == 1
