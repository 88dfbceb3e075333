"""Which uploads are needed: by a job that is only being prepared, or by one that is kept and unfinished."""

from collections.abc import Awaitable, Callable

from bot.runtime.clock import Clock

PREPARING = 600.0  # seconds after which nobody is still at it
RECORDING = 15.0  # seconds in which what was prepared is written down

InUse = Callable[[str], Awaitable[bool]]


async def nowhere(upload: str) -> bool:
    """No job is kept anywhere."""
    return False


class Lent:
    """Remembers what was handed to jobs of which the store does not know it yet."""

    def __init__(self, clock: Clock, in_use: InUse = nowhere) -> None:
        self._clock = clock
        self._in_use = in_use
        self._until: dict[tuple[str, str], float] = {}  # by job and upload

    def lend(self, job: str, upload: str) -> None:
        """A job that is being prepared is going to use this."""
        self._until = {each: until for each, until in self._until.items() if until > self._clock.now()}
        self._until[job, upload] = self._clock.now() + PREPARING

    def prepared(self, job: str) -> None:
        """A job knows all it is going to use, or will not be made so; in a moment the store knows, too."""
        soon = self._clock.now() + RECORDING
        for each in [each for each in self._until if each[0] == job]:
            self._until[each] = soon

    async def free(self, upload: str, but: str = "") -> bool:
        """Whether no unfinished job needs this, besides one that says itself that it does not."""
        now = self._clock.now()
        lent = any(each[1] == upload and each[0] != but and until > now for each, until in self._until.items())
        return not lent and not await self._in_use(upload)
