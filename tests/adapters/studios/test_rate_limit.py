"""A studio that asked for silence or was away: left alone, asked by one, and then gently by all."""

import asyncio

import pytest

from adapters.studios.rate_limit import OUTAGE_AFTER_FAILURES, RECOVERY_INTERVAL_SECONDS, RateLimiter
from bot.errors import TryAgain
from tests.fakes.clock import AutoAdvanceClock


async def take_turn(governor: RateLimiter) -> None:
    """A call that has its turn."""
    async with governor.submission_turn():
        await asyncio.sleep(0)


async def test_failures_in_a_row_make_silence_and_one_makes_none() -> None:
    """A single failure is an accident; after some the studio counts as away."""
    clock = AutoAdvanceClock()
    governor = RateLimiter(clock)
    for _ in range(OUTAGE_AFTER_FAILURES - 1):
        governor.record_failure()
        await take_turn(governor)
    governor.record_failure()
    with pytest.raises(TryAgain, match="isn't responding"):
        await take_turn(governor)
    clock.jump(31)
    await take_turn(governor)


async def test_one_asks_whether_it_is_back() -> None:
    """The others wait for that answer."""
    clock = AutoAdvanceClock()
    governor = RateLimiter(clock)
    governor.record_rate_limit(5.0)
    clock.jump(6)
    async with governor.submission_turn():
        with pytest.raises(TryAgain):
            await take_turn(governor)


async def test_afterwards_calls_begin_apart() -> None:
    """For a minute; then as ever."""
    clock = AutoAdvanceClock()
    governor = RateLimiter(clock)
    governor.record_rate_limit(5.0)
    clock.jump(6)
    governor.record_success()
    began = clock.now()
    for _ in range(11):
        await take_turn(governor)
    assert clock.now() - began >= 10 * RECOVERY_INTERVAL_SECONDS - 0.01
    clock.jump(60)
    later = clock.now()
    for _ in range(10):
        await take_turn(governor)
    assert clock.now() == later
