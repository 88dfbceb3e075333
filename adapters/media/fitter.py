"""Hands files to a worker process and waits no longer than it should."""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from adapters.media import mp4_duration, texts
from adapters.media.protocol import ANSWER, TASK, No, Task
from adapters.media.result_cache import Known
from bot.errors import Broken, Refused, TryAgain
from bot.requests.media import Fitted, Kind, Limits

WORKER = (sys.executable, "-P", "-m", "adapters.media.worker")
SLOWER = {Kind.VIDEO: 5.0}  # minutes of video are encoded anew, where a picture takes a moment
STOPPED = {-signal.SIGTERM, -signal.SIGINT} | {-number for number in (getattr(signal, "SIGHUP", None),) if number}
log = structlog.get_logger(__name__)


class MediaFitter:
    """Looks into files and makes them fit, each in a process of its own that may fail without harm."""

    def __init__(self, folder: Path, seconds: float = 60, at_once: int = 2, worker: Sequence[str] = WORKER) -> None:
        self.folder = folder
        self._seconds = seconds
        self._worker = worker
        self._turn = asyncio.Semaphore(at_once)
        self._known = Known()

    async def fit(self, source: Path, limits: Limits, name: str) -> Fitted:
        """The source itself when it fits, else a new file in our folder; or Refused with the reason."""
        return await self._known.get(source, limits, lambda: self._fit(source, limits, name))

    async def _fit(self, source: Path, limits: Limits, name: str) -> Fitted:
        stem = self.folder / _called(source)
        task = Task(source, stem, texts.clean(name), limits, self._seconds * SLOWER.get(limits.kind, 1.0))
        kept: Path | None = None
        try:
            async with self._turn:
                fitted = await self._asked(task)
            kept = fitted.path
            return replace(fitted, path=source) if kept == task.source else fitted
        finally:
            if kept is None:
                await asyncio.shield(asyncio.to_thread(_swept, task.stem))

    async def seconds(self, video: Path) -> float | None:
        """How long a finished video plays; None when it does not say."""
        return await asyncio.to_thread(mp4_duration.seconds, video)

    async def _asked(self, task: Task) -> Fitted:
        match await _answer(task, self._worker):
            case Fitted() as fitted:
                return fitted
            case No(ours=True) as no:
                log.error("media.no_room", kind=task.limits.kind, cause=no.cause)
                raise Broken(no.sentence)
            case No() as no:
                log.info("media.refused", kind=task.limits.kind, cause=no.cause)
                raise Refused(no.sentence)


def _called(source: Path) -> str:
    """What is made of a job's own file bears its name, and goes when the job is deleted."""
    return f"{source.name}-{secrets.token_hex(4)}" if source.name.startswith("dt-") else secrets.token_hex(16)


async def _answer(task: Task, worker: Sequence[str]) -> Fitted | No:
    """One worker's answer; it is dead when this returns, however this returns."""
    process = await _started(worker)
    try:
        async with asyncio.timeout(task.seconds):
            said, _ = await process.communicate(TASK.dump_json(task))
    except TimeoutError:
        return No(texts.too_slow(task.name, task.seconds).sentence, "deadline")
    finally:
        await _ended(process)
    return _understood(task, said, process.returncode or 0)


def _understood(task: Task, said: bytes, code: int) -> Fitted | No:
    """What was said, unless the worker died of the file, or was stopped with the bot and knows nothing of it."""
    if code in STOPPED:
        raise TryAgain(f"Work on {texts.quoted(task.name)} was interrupted.")
    if code or not said:
        return No(texts.spoilt(task.name, task.limits.kind).sentence, f"the worker ended with {code}")
    try:
        return ANSWER.validate_json(said)
    except ValueError as cause:
        return No(texts.spoilt(task.name, task.limits.kind).sentence, repr(cause)[:300])


async def _started(worker: Sequence[str]) -> Process:
    """A worker in its own session, as a Ctrl-C is for the bot alone, and without the bot's keys in its environment."""
    try:
        return await asyncio.create_subprocess_exec(
            *worker, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True, env=_environment()
        )
    except OSError as cause:
        raise TryAgain("The machine is too busy to open another file.") from cause


def _environment() -> dict[str, str]:
    """Only where our modules lie; and few memory arenas, which would count against the worker's limit."""
    needed = {"SYSTEMROOT": os.environ.get("SYSTEMROOT", "")} if sys.platform == "win32" else {}
    return {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "MALLOC_ARENA_MAX": "2", **needed}


async def _ended(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _swept(stem: Path) -> None:
    """Take away what an unfinished worker left."""
    for left in stem.parent.glob(f"{stem.name}.*"):
        left.unlink(missing_ok=True)
