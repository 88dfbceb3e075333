"""One key stays within what D-ID bears."""

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from adapters.studios.rate_limit import READS, SUBMISSIONS, Governor
from bot.errors import TryAgain
from tests.fakes.clock import LeapingClock
from tests.fakes.did_bench import Bench


async def test_few_submissions_are_in_flight_at_once() -> None:
    """The others wait for their turn."""
    assert await _most(Governor(LeapingClock()), "submission") == SUBMISSIONS


async def test_reads_are_bounded_too() -> None:
    """A burst of questions is no better than one of orders."""
    assert await _most(Governor(LeapingClock()), "read") == READS


async def test_too_many_silences_every_call_until_the_time_named(bench: Bench) -> None:
    """Nothing is sent in the meantime, not even a question."""
    job = await bench.prepared()
    bench.server.fault("POST", "/talks", 429, headers={"Retry-After": "17"})
    with pytest.raises(TryAgain) as caught:
        await bench.studio.submit(job)
    assert caught.value.after == 17
    before = len(bench.server.asked)
    bench.clock.move(10)
    with pytest.raises(TryAgain) as paused:
        await bench.studio.credit()
    assert paused.value.after == pytest.approx(7)
    assert len(bench.server.asked) == before
    bench.clock.move(8)
    assert (await bench.studio.submit(job)).ticket


async def test_the_time_may_be_named_as_a_date(bench: Bench) -> None:
    """The header allows both."""
    until = format_datetime(datetime.fromtimestamp(bench.clock.now() + 90, UTC), usegmt=True)
    bench.server.fault("GET", "/credits", 429, headers={"Retry-After": until})
    with pytest.raises(TryAgain) as caught:
        await bench.studio.credit()
    assert caught.value.after == pytest.approx(90, abs=1)


def test_without_a_time_the_pauses_grow() -> None:
    """And begin anew once D-ID answers as usual."""
    governor = Governor(LeapingClock())
    assert [governor.pause(None) for _ in range(6)] == [5, 10, 20, 40, 60, 60]
    governor.calm()
    assert governor.pause(None) == 5


async def _most(governor: Governor, kind: str) -> int:
    """The largest number that had their turn at once."""
    inside = most = 0

    async def one() -> None:
        nonlocal inside, most
        async with getattr(governor, kind)():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(30):
            group.create_task(one())
    return most
