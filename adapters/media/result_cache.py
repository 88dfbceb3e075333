"""What was made of files lately: the face that ships with didtalk is not opened anew for every line it says."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.requests.media import FileLimits, PreparedFile

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
