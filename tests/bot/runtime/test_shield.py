"""What was begun is finished, however often we are told to stop."""

import asyncio
import os
from pathlib import Path

import pytest

from bot.runtime.shield import finish_shielded, open_file


async def _finish_later(done: list[str], seconds: float = 0.02) -> str:
    await asyncio.sleep(seconds)
    done.append("done")
    return "answer"


async def test_the_answer_of_the_work_is_given() -> None:
    """Left alone, finishing is nothing but waiting."""
    assert await finish_shielded(_finish_later([])) == "answer"


async def test_cancelling_waits_for_the_end() -> None:
    """Cancelled once or more often, the work is over before the cancellation goes on."""
    done: list[str] = []
    task = asyncio.create_task(finish_shielded(_finish_later(done)))
    for _ in range(3):
        await asyncio.sleep(0.001)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["done"]


async def test_an_error_of_the_work_is_raised() -> None:
    """Failing work fails whoever waits; when they were cancelled it stays as the cause."""

    async def fail() -> None:
        await asyncio.sleep(0.01)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await finish_shielded(fail())
    task = asyncio.create_task(finish_shielded(fail()))
    await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await task
    assert isinstance(cancelled.value.__cause__, ValueError)


async def test_a_file_is_closed_when_its_opener_is_cancelled_meanwhile(tmp_path: Path) -> None:
    """A thread cannot be stopped: a pipe opens only once somebody reads, and the reader waits until it is closed."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    async def write() -> None:
        async with open_file(pipe, "wb"):
            raise AssertionError("cancelled before")

    task = asyncio.create_task(write())
    await asyncio.sleep(0.01)
    task.cancel()
    with await asyncio.to_thread(pipe.open, "rb") as reader:
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(reader.read) == b""
