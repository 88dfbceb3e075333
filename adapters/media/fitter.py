"""Lets worker processes look into files and make them fit, within a time limit."""

import asyncio
import secrets
import signal
import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import structlog

from adapters.media import texts
from adapters.media.protocol import ANSWER_ADAPTER, TASK_ADAPTER, FitRefusal, FitTask, run_process
from adapters.mp4_boxes import video_duration
from bot.errors import Broken, Refused, TryAgain
from bot.requests.media import FileLimits, MediaKind, PreparedFile

WORKER_COMMAND = (sys.executable, "-P", "-m", "adapters.media.worker")
TIMEOUT_FACTORS = {MediaKind.VIDEO: 5.0}  # minutes of video are re-encoded, where a picture takes a moment
STOPPED_EXIT_CODES = {-signal.SIGTERM, -signal.SIGINT} | {
    -number for number in (getattr(signal, "SIGHUP", None),) if number
}
MAX_CACHED_RESULTS = 64

ResultKey = tuple[str, int, int, FileLimits]

log = structlog.get_logger(__name__)


class MediaFitter:
    """Makes files fit, each in a process of its own that may fail without harm."""

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
        return await self._results.get(source, limits, lambda: self._fit_uncached(source, limits, name))

    async def _fit_uncached(self, source: Path, limits: FileLimits, name: str) -> PreparedFile:
        stem = self.folder / _output_name(source)
        timeout_seconds = self._timeout_seconds * TIMEOUT_FACTORS.get(limits.kind, 1.0)
        task = FitTask(source, stem, texts.display_name(name), limits, timeout_seconds)
        result_path: Path | None = None
        try:
            async with self._worker_slots:
                fitted = await self._run_task(task)
            result_path = fitted.path
            return replace(fitted, path=source) if result_path == task.source else fitted
        finally:
            if result_path is None:
                await asyncio.shield(asyncio.to_thread(_delete_leftovers, task.output_stem))

    duration = staticmethod(video_duration)

    async def _run_task(self, task: FitTask) -> PreparedFile:
        answer = await _ask_worker(task, self._worker_command)
        if isinstance(answer, PreparedFile):
            return answer
        if answer.our_fault:
            log.error("disk not writable for media files", kind=task.limits.kind, cause=answer.cause)
            raise Broken(answer.sentence)
        log.info("media file refused", kind=task.limits.kind, cause=answer.cause)
        raise Refused(answer.sentence)


def _output_name(source: Path) -> str:
    """What is made of a job's own file has its name in it, and is deleted with the job."""
    return f"{source.name}-{secrets.token_hex(4)}" if source.name.startswith("dt-") else secrets.token_hex(16)


async def _ask_worker(task: FitTask, worker_command: Sequence[str]) -> PreparedFile | FitRefusal:
    try:
        output, code = await run_process(worker_command, TASK_ADAPTER.dump_json(task), task.timeout_seconds)
    except TimeoutError:
        return FitRefusal(texts.too_slow(task.name, task.timeout_seconds).sentence, "deadline")
    except OSError as cause:
        raise TryAgain("The machine is too busy to open another file.") from cause
    return _parse_answer(task, output, code)


def _parse_answer(task: FitTask, output: bytes, code: int) -> PreparedFile | FitRefusal:
    """The worker's answer, unless it crashed on the file or was stopped together with the bot."""
    if code in STOPPED_EXIT_CODES:
        raise TryAgain(f"Work on {texts.quoted_name(task.name)} was interrupted.")
    if code or not output:
        return FitRefusal(texts.broken_file(task.name, task.limits.kind).sentence, f"the worker ended with {code}")
    try:
        return ANSWER_ADAPTER.validate_json(output)
    except ValueError as cause:
        return FitRefusal(texts.broken_file(task.name, task.limits.kind).sentence, repr(cause)[:300])


def _delete_leftovers(stem: Path) -> None:
    for leftover in stem.parent.glob(f"{stem.name}.*"):
        leftover.unlink(missing_ok=True)


class ResultCache:
    """Keeps fitted files by the file they came from, as long as neither is changed or deleted."""

    def __init__(self) -> None:
        self._results: OrderedDict[ResultKey, asyncio.Future[PreparedFile]] = OrderedDict()

    async def get(self, source: Path, limits: FileLimits, fit: Callable[[], Awaitable[PreparedFile]]) -> PreparedFile:
        """The fitted file; callers that come while it is being made wait for the same one."""
        key = await asyncio.to_thread(_result_key, source, limits)
        if key is None:
            return await fit()
        while waiting := self._results.get(key):
            await asyncio.wait((waiting,))
            result = None if waiting.cancelled() else waiting.result()
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
            future.cancel()  # those who waited try for themselves
            raise
        future.set_result(fitted)
        while len(self._results) > MAX_CACHED_RESULTS:
            self._results.popitem(last=False)
        return fitted


def _result_key(source: Path, limits: FileLimits) -> ResultKey | None:
    try:
        facts = source.stat()
    except OSError:
        return None
    return str(source), facts.st_mtime_ns, facts.st_size, limits
