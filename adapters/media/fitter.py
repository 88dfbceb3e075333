"""Hands files to a worker process and waits no longer than it should."""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from adapters.media import mp4_boxes, texts
from adapters.media.protocol import ANSWER_ADAPTER, TASK_ADAPTER, FitRefusal, FitTask
from bot.errors import Broken, Refused, TryAgain
from bot.requests.media import FileLimits, MediaKind, PreparedFile

WORKER_COMMAND = (sys.executable, "-P", "-m", "adapters.media.worker")
TIMEOUT_FACTORS = {MediaKind.VIDEO: 5.0}  # minutes of video are encoded anew, where a picture takes a moment
STOPPED_EXIT_CODES = {-signal.SIGTERM, -signal.SIGINT} | {
    -number for number in (getattr(signal, "SIGHUP", None),) if number
}
log = structlog.get_logger(__name__)


class MediaFitter:
    """Looks into files and makes them fit, each in a process of its own that may fail without harm."""

    def __init__(
        self,
        folder: Path,
        timeout_seconds: float = 60,
        max_workers: int = 2,
        worker_command: Sequence[str] = WORKER_COMMAND,
    ) -> None:
        self.folder = folder
        self._timeout_seconds = timeout_seconds
        self._worker_command = worker_command
        self._worker_slots = asyncio.Semaphore(max_workers)
        self._results = ResultCache()

    async def fit(self, source: Path, limits: FileLimits, name: str) -> PreparedFile:
        """The source itself when it fits, else a new file in our folder; or Refused with the reason."""
        return await self._results.get(source, limits, lambda: self._fit_anew(source, limits, name))

    async def _fit_anew(self, source: Path, limits: FileLimits, name: str) -> PreparedFile:
        stem = self.folder / _output_name(source)
        task = FitTask(
            source,
            stem,
            texts.display_name(name),
            limits,
            self._timeout_seconds * TIMEOUT_FACTORS.get(limits.kind, 1.0),
        )
        result_path: Path | None = None
        try:
            async with self._worker_slots:
                fitted = await self._run_task(task)
            result_path = fitted.path
            return replace(fitted, path=source) if result_path == task.source else fitted
        finally:
            if result_path is None:
                await asyncio.shield(asyncio.to_thread(_delete_leftovers, task.output_stem))

    async def duration(self, video: Path) -> float | None:
        """How long a finished video plays; None when it does not say."""
        return await asyncio.to_thread(mp4_boxes.video_duration, video)

    async def _run_task(self, task: FitTask) -> PreparedFile:
        match await _ask_worker(task, self._worker_command):
            case PreparedFile() as fitted:
                return fitted
            case FitRefusal(our_fault=True) as no:
                log.error("media.no_room", kind=task.limits.kind, cause=no.cause)
                raise Broken(no.sentence)
            case FitRefusal() as no:
                log.info("media.refused", kind=task.limits.kind, cause=no.cause)
                raise Refused(no.sentence)


def _output_name(source: Path) -> str:
    """What is made of a job's own file bears its name, and goes when the job is deleted."""
    return f"{source.name}-{secrets.token_hex(4)}" if source.name.startswith("dt-") else secrets.token_hex(16)


async def _ask_worker(task: FitTask, worker_command: Sequence[str]) -> PreparedFile | FitRefusal:
    """One worker's answer; it is dead when this returns, however this returns."""
    process = await _start_worker(worker_command)
    try:
        async with asyncio.timeout(task.timeout_seconds):
            output, _ = await process.communicate(TASK_ADAPTER.dump_json(task))
    except TimeoutError:
        return FitRefusal(texts.too_slow(task.name, task.timeout_seconds).sentence, "deadline")
    finally:
        await _end_worker(process)
    return _parse_answer(task, output, process.returncode or 0)


def _parse_answer(task: FitTask, output: bytes, code: int) -> PreparedFile | FitRefusal:
    """What was said, unless the worker died of the file, or was stopped with the bot and knows nothing of it."""
    if code in STOPPED_EXIT_CODES:
        raise TryAgain(f"Work on {texts.quoted_name(task.name)} was interrupted.")
    if code or not output:
        return FitRefusal(texts.broken_file(task.name, task.limits.kind).sentence, f"the worker ended with {code}")
    try:
        return ANSWER_ADAPTER.validate_json(output)
    except ValueError as cause:
        return FitRefusal(texts.broken_file(task.name, task.limits.kind).sentence, repr(cause)[:300])


async def _start_worker(worker_command: Sequence[str]) -> Process:
    """A worker in its own session, as a Ctrl-C is for the bot alone, and without the bot's keys in its environment."""
    try:
        return await asyncio.create_subprocess_exec(
            *worker_command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True, env=_worker_environment()
        )
    except OSError as cause:
        raise TryAgain("The machine is too busy to open another file.") from cause


def _worker_environment() -> dict[str, str]:
    """Only where our modules lie; and few memory arenas, which would count against the worker's limit."""
    needed = {"SYSTEMROOT": os.environ.get("SYSTEMROOT", "")} if sys.platform == "win32" else {}
    return {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "MALLOC_ARENA_MAX": "2", **needed}


async def _end_worker(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _delete_leftovers(stem: Path) -> None:
    """Take away what an unfinished worker left."""
    for leftover in stem.parent.glob(f"{stem.name}.*"):
        leftover.unlink(missing_ok=True)


MAX_CACHED_RESULTS = 64

ResultKey = tuple[str, int, int, FileLimits]


class ResultCache:
    """Remembers fitted files by the file they came from, as long as neither has changed or gone."""

    def __init__(self) -> None:
        self._results: OrderedDict[ResultKey, asyncio.Future[PreparedFile]] = OrderedDict()

    async def get(self, source: Path, limits: FileLimits, fit: Callable[[], Awaitable[PreparedFile]]) -> PreparedFile:
        """The fitted file; whoever asks while it is being made waits for the same one."""
        key = await asyncio.to_thread(_result_key, source, limits)
        if key is None:
            return await fit()
        while waiting := self._results.get(key):
            result = await _wait_for_result(waiting)
            still_exists: bool = result is not None and await asyncio.to_thread(result.path.is_file)
            if result and still_exists:
                return result
            if self._results.get(key) is waiting:
                del self._results[key]
        return await self._fit_and_cache(key, fit)

    async def _fit_and_cache(self, key: ResultKey, fit: Callable[[], Awaitable[PreparedFile]]) -> PreparedFile:
        self._results[key] = future = asyncio.get_running_loop().create_future()
        try:
            fitted = await fit()
        except BaseException:
            self._results.pop(key, None)
            future.cancel()  # whoever waited tries for themselves
            raise
        future.set_result(fitted)
        while len(self._results) > MAX_CACHED_RESULTS:
            self._results.popitem(last=False)
        return fitted


async def _wait_for_result(waiting: asyncio.Future[PreparedFile]) -> PreparedFile | None:
    """What came of somebody else's attempt; None when it failed."""
    await asyncio.wait((waiting,))
    return None if waiting.cancelled() else waiting.result()


def _result_key(source: Path, limits: FileLimits) -> ResultKey | None:
    try:
        facts = source.stat()
    except OSError:
        return None
    return str(source), facts.st_mtime_ns, facts.st_size, limits
