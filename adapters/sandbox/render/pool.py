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
from types import TracebackType
from typing import Self

import structlog

from adapters.sandbox.render.order import Film, Order, Saying, Spoilt, Voice
from adapters.sandbox.render.worker import HEAD, Answer, length, packed

_START = "import sys; sys.path[:] = sys.argv[1:]; from adapters.sandbox.render.worker import main; main()"
# Renders run side by side already; threads of the matrix library would only make them wait for each other.
_SINGLE_THREADED = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

log = structlog.get_logger(__name__)


class RenderPool:
    """At most `workers` renders at once, none longer than `seconds`."""

    def __init__(self, workers: int = 2, seconds: float = 120) -> None:
        self._count, self._seconds = workers, seconds
        self._places: asyncio.Queue[Process | None] = asyncio.Queue()
        self._running: set[Process] = set()

    async def __aenter__(self) -> Self:
        """Start the workers; they load their libraries while the program goes on."""
        for _ in range(self._count):
            self._places.put_nowait(await self._start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None
    ) -> None:
        """End the workers, whatever they are doing."""
        for process in self._running:
            _kill(process)
        for process in self._running:
            await process.communicate()
        self._running.clear()

    async def render(self, order: Order) -> Film:
        """The film of an order, or `Spoilt`; waits for its turn."""
        answer = await self._answer(order)
        if isinstance(answer, Film):
            return answer
        raise Spoilt(*answer or ("UnknownError", "the render made nothing"))

    async def sample(self, voice: Voice, text: str, out: Path) -> None:
        """A short sound file of a voice."""
        if isinstance(refusal := await self._answer(Saying(voice, text, out)), tuple):
            raise Spoilt(*refusal)

    async def _answer(self, order: Order | Saying) -> Answer:
        process, fit = await self._places.get(), False
        try:
            process = await self._living(process)
            async with asyncio.timeout(self._seconds):
                answer = await _ask(process, order)
            fit = True
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as fault:
            log.warning("render_worker_lost", fault=repr(fault), order=type(order).__name__)
            raise Spoilt("UnknownError", "the render did not finish") from fault
        finally:
            # One that died, overran or was left by whoever waited owes an answer the next order must not get.
            if process and not fit:
                _kill(process)
            self._places.put_nowait(process)
        return answer

    async def _living(self, process: Process | None) -> Process:
        """The worker of a place, or a fresh one if it has ended."""
        if process and process.returncode is None and not _closing(process):
            return process
        if process:
            await process.communicate()
            self._running.discard(process)
        return await self._start()

    async def _start(self) -> Process:
        """A new worker, which can import what we can."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _START, *sys.path, stdin=PIPE, stdout=PIPE, env=dict(os.environ) | _SINGLE_THREADED
        )
        self._running.add(process)
        return process


def _kill(process: Process) -> None:
    """End a worker at once; whoever needs its place collects it."""
    with suppress(ProcessLookupError):
        process.kill()
    if process.stdin:
        process.stdin.close()


def _closing(process: Process) -> bool:
    """Whether a worker was told to end."""
    return process.stdin is None or process.stdin.is_closing()


async def _ask(process: Process, order: Order | Saying) -> Answer:
    """Hand a worker an order and wait for its answer."""
    assert process.stdin  # noqa: S101 - both are pipes
    assert process.stdout  # noqa: S101
    process.stdin.write(packed(order))
    await process.stdin.drain()
    head = await process.stdout.readexactly(HEAD)
    answer: Answer = pickle.loads(await process.stdout.readexactly(length(head)))  # noqa: S301 - from our own child
    return answer
