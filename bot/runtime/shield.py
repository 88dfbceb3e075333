"""Shields work from cancellation, so that no thread goes on writing unnoticed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar, cast

T = TypeVar("T")


async def finish_shielded(work: Awaitable[T]) -> T:
    """Wait until the work ends, even when cancelled; the cancellation is raised afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        raise cancelled from (None if task.cancelled() else task.exception())
    return task.result()


@asynccontextmanager
async def open_file(path: Path, mode: Literal["rb", "wb"]) -> AsyncIterator[BinaryIO]:
    """Open a file in a thread; it is closed even if we are cancelled while the thread opens it."""
    opening = asyncio.ensure_future(asyncio.to_thread(path.open, mode))
    try:
        yield cast("BinaryIO", await finish_shielded(opening))
    finally:
        if not opening.cancelled() and opening.exception() is None:
            await finish_shielded(asyncio.to_thread(opening.result().close))
