"""A studio that asked for silence or was away: left alone, asked by one, and then gently by all."""

import asyncio

import pytest

from adapters.studios.rate_limit import APART, FAILURES, Governor
from bot.errors import TryAgain
from tests.fakes.clock import LeapingClock


async def turn(governor: Governor) -> None:
    """A call that has its turn."""
    async with governor.submission():
        await asyncio.sleep(0)


async def test_failures_in_a_row_make_silence_and_one_makes_none() -> None:
    """A single failure is an accident; after some the studio counts as away."""
    clock = LeapingClock()
    governor = Governor(clock)
    for _ in range(FAILURES - 1):
        governor.fail()
        await turn(governor)
    governor.fail()
    with pytest.raises(TryAgain, match="cannot be reached"):
        await turn(governor)
    clock.move(31)
    await turn(governor)


async def test_one_asks_whether_it_is_back() -> None:
    """The others wait for that answer."""
    clock = LeapingClock()
    governor = Governor(clock)
    governor.pause(5.0)
    clock.move(6)
    async with governor.submission():
        with pytest.raises(TryAgain):
            await turn(governor)


async def test_afterwards_calls_begin_apart() -> None:
    """For a minute; then as ever."""
    clock = LeapingClock()
    governor = Governor(clock)
    governor.pause(5.0)
    clock.move(6)
    governor.calm()
    began = clock.now()
    for _ in range(11):
        await turn(governor)
    assert clock.now() - began >= 10 * APART - 0.01
    clock.move(60)
    later = clock.now()
    for _ in range(10):
        await turn(governor)
    assert clock.now() == later
