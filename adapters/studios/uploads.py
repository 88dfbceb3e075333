"""Which uploads are needed: by a job that is only being prepared, or by one that is kept and unfinished."""

from collections.abc import Awaitable, Callable

from bot.runtime.clock import Clock

PREPARATION_SECONDS = 600.0  # seconds after which nobody is still at it
RECORDING_GRACE_SECONDS = 15.0  # seconds in which what was prepared is written down

InUse = Callable[[str], Awaitable[bool]]


async def never_in_use(upload: str) -> bool:
    """For where no jobs are stored."""
    return False


class UploadRefs:
    """Remembers the uploads of jobs being prepared, which the job store does not know yet."""

    def __init__(self, clock: Clock, in_use: InUse = never_in_use) -> None:
        self._clock = clock
        self._in_use = in_use
        self._held_until: dict[tuple[str, str], float] = {}  # by job and upload

    def add_ref(self, job: str, upload: str) -> None:
        """A job that is being prepared will use this."""
        self._held_until = {each: until for each, until in self._held_until.items() if until > self._clock.now()}
        self._held_until[job, upload] = self._clock.now() + PREPARATION_SECONDS

    def release_after_grace(self, job: str) -> None:
        """The job has all its uploads or failed; the store knows that in a moment."""
        soon = self._clock.now() + RECORDING_GRACE_SECONDS
        for each in [each for each in self._held_until if each[0] == job]:
            self._held_until[each] = soon

    async def is_unused(self, upload: str, except_job: str = "") -> bool:
        """No unfinished job needs this, apart from the one that no longer does."""
        now = self._clock.now()
        referenced = any(
            each[1] == upload and each[0] != except_job and until > now for each, until in self._held_until.items()
        )
        return not referenced and not await self._in_use(upload)
