"""A few renderers in processes of their own, kept warm and replaced when they fail.

Separate processes because the speech library has global state and can crash, and because painting would stop the event
loop. They are started afresh rather than forked: a fork of a program with threads and an event loop may hang.
"""

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Self

import structlog

from adapters.sandbox.render.order import (
    FaceBox,
    FaceSearch,
    RenderedVideo,
    RenderFailed,
    RenderOrder,
    SampleOrder,
    SpeechVoice,
)
from adapters.sandbox.render.worker import HEAD_BYTES, RenderAnswer, WorkerOrder, message_length, pack_message

_WORKER_CODE = "import sys; sys.path[:] = sys.argv[1:]; from adapters.sandbox.render.worker import main; main()"
# Renders run side by side already; threads of the matrix library would only make them wait for each other.
_SINGLE_THREADED = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

log = structlog.get_logger(__name__)


class RenderPool:
    """At most `workers` renders at once, none longer than `timeout_seconds`."""

    def __init__(self, workers: int = 2, timeout_seconds: float = 120) -> None:
        self._worker_count, self.timeout_seconds = workers, timeout_seconds
        self._workers: asyncio.Queue[Process | None] = asyncio.Queue()
        self._running: set[Process] = set()

    async def __aenter__(self) -> Self:
        """Start the workers; they load their libraries while the program goes on."""
        for _ in range(self._worker_count):
            self._workers.put_nowait(await self._start_worker())
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the workers, whatever they are doing."""
        for process in self._running:
            _kill_worker(process)
        for process in self._running:
            await process.communicate()
        self._running.clear()

    async def render(self, order: RenderOrder) -> RenderedVideo:
        """The video of an order, or RenderFailed; waits for a free worker."""
        answer = await self._request(order)
        if isinstance(answer, RenderedVideo):
            return answer
        raise RenderFailed(*answer or ("UnknownError", "the render made nothing"))

    async def render_sample(self, voice: SpeechVoice, text: str, out: Path) -> None:
        if isinstance(refusal := await self._request(SampleOrder(voice, text, out)), tuple):
            raise RenderFailed(*refusal)

    async def find_faces(self, picture: Path) -> list[FaceBox]:
        answer = await self._request(FaceSearch(picture))
        if isinstance(answer, list):
            return answer
        raise RenderFailed("SourceError", answer[1] if isinstance(answer, tuple) else "the picture cannot be read")

    async def _request(self, order: WorkerOrder) -> RenderAnswer:
        process, fit = await self._workers.get(), False
        try:
            process = await self._live_worker(process)
            async with asyncio.timeout(self.timeout_seconds):
                answer = await _send_order(process, order)
            fit = True
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as fault:
            log.warning("render worker lost", fault=repr(fault), order=type(order).__name__)
            raise RenderFailed("UnknownError", "the render did not finish") from fault
        finally:
            # A worker that died, overran or was abandoned still owes an answer that the next order must not get.
            if process and not fit:
                _kill_worker(process)
            self._workers.put_nowait(process)
        return answer

    async def _live_worker(self, process: Process | None) -> Process:
        if process and process.returncode is None and process.stdin and not process.stdin.is_closing():
            return process
        if process:
            await process.communicate()
            self._running.discard(process)
        return await self._start_worker()

    async def _start_worker(self) -> Process:
        command = (sys.executable, "-c", _WORKER_CODE, *sys.path)  # a worker can import what we can
        environment = dict(os.environ) | _SINGLE_THREADED
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment)
        self._running.add(process)
        return process


def _kill_worker(process: Process) -> None:
    """End a worker at once; it is collected when its place is needed."""
    with suppress(ProcessLookupError):
        process.kill()
    if process.stdin:
        process.stdin.close()


async def _send_order(process: Process, order: WorkerOrder) -> RenderAnswer:
    assert process.stdin  # noqa: S101 - both are pipes
    assert process.stdout  # noqa: S101
    process.stdin.write(pack_message(order))
    await process.stdin.drain()
    head = await process.stdout.readexactly(HEAD_BYTES)
    answer: RenderAnswer = pickle.loads(await process.stdout.readexactly(message_length(head)))  # noqa: S301 - from our own child
    return answer
