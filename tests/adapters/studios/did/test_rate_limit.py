"""One key stays within what D-ID bears."""

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from adapters.studios.rate_limit import MAX_CONCURRENT_READS, MAX_CONCURRENT_SUBMISSIONS, RateLimiter
from bot.errors import TryAgain
from tests.fakes.clock import AutoAdvanceClock
from tests.fakes.vendors.did_harness import DidHarness


async def test_few_submissions_are_in_flight_at_once() -> None:
    """The others wait for their turn."""
    assert await _most_at_once(RateLimiter(AutoAdvanceClock()), "submission_turn") == MAX_CONCURRENT_SUBMISSIONS


async def test_reads_are_bounded_too() -> None:
    """A burst of questions is no better than one of orders."""
    assert await _most_at_once(RateLimiter(AutoAdvanceClock()), "read_turn") == MAX_CONCURRENT_READS


async def test_too_many_silences_every_call_until_the_time_named(bench: DidHarness) -> None:
    """Nothing is sent in the meantime, not even a question."""
    job = await bench.prepared_job()
    bench.server.fail_next("POST", "/talks", 429, retry_after="17")
    with pytest.raises(TryAgain) as caught:
        await bench.studio.submit(job)
    assert caught.value.retry_after == 17
    before = len(bench.server.received_calls)
    bench.clock.jump(10)
    with pytest.raises(TryAgain) as paused:
        await bench.studio.credit()
    assert paused.value.retry_after == pytest.approx(7)
    assert len(bench.server.received_calls) == before
    bench.clock.jump(8)
    assert (await bench.studio.submit(job)).ticket


async def test_the_time_may_be_named_as_a_date(bench: DidHarness) -> None:
    """The header allows both."""
    until = format_datetime(datetime.fromtimestamp(bench.clock.now() + 90, UTC), usegmt=True)
    bench.server.fail_next("GET", "/credits", 429, retry_after=until)
    with pytest.raises(TryAgain) as caught:
        await bench.studio.credit()
    assert caught.value.retry_after == pytest.approx(90, abs=1)


def test_without_a_time_the_pauses_grow() -> None:
    """And begin anew once D-ID answers as usual."""
    governor = RateLimiter(AutoAdvanceClock())
    assert [governor.record_rate_limit(None) for _ in range(6)] == [5, 10, 20, 40, 60, 60]
    governor.record_success()
    assert governor.record_rate_limit(None) == 5


async def _most_at_once(governor: RateLimiter, kind: str) -> int:
    """The largest number that had their turn at once."""
    inside = most = 0

    async def take_turn() -> None:
        nonlocal inside, most
        async with getattr(governor, kind)():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(30):
            group.create_task(take_turn())
    return most
