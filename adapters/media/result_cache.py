"""What was made of files lately: the face that ships with didtalk is not opened anew for every line it says."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.requests.media import Fitted, Limits

MOST = 64

Key = tuple[str, int, int, Limits]


class Known:
    """Remembers fitted files by the file they came from, as long as neither has changed or gone."""

    def __init__(self) -> None:
        self._fitted: OrderedDict[Key, asyncio.Future[Fitted]] = OrderedDict()

    async def get(self, source: Path, limits: Limits, fit: Callable[[], Awaitable[Fitted]]) -> Fitted:
        """The fitted file; whoever asks while it is being made waits for the same one."""
        key = await asyncio.to_thread(_key, source, limits)
        if key is None:
            return await fit()
        while waiting := self._fitted.get(key):
            found = await _outcome(waiting)
            there: bool = found is not None and await asyncio.to_thread(found.path.is_file)
            if found and there:
                return found
            if self._fitted.get(key) is waiting:
                del self._fitted[key]
        return await self._make(key, fit)

    async def _make(self, key: Key, fit: Callable[[], Awaitable[Fitted]]) -> Fitted:
        self._fitted[key] = future = asyncio.get_running_loop().create_future()
        try:
            fitted = await fit()
        except BaseException:
            self._fitted.pop(key, None)
            future.cancel()  # whoever waited tries for themselves
            raise
        future.set_result(fitted)
        while len(self._fitted) > MOST:
            self._fitted.popitem(last=False)
        return fitted


async def _outcome(waiting: asyncio.Future[Fitted]) -> Fitted | None:
    """What came of somebody else's attempt; None when it failed."""
    await asyncio.wait((waiting,))
    return None if waiting.cancelled() else waiting.result()


def _key(source: Path, limits: Limits) -> Key | None:
    try:
        facts = source.stat()
    except OSError:
        return None
    return str(source), facts.st_mtime_ns, facts.st_size, limits
