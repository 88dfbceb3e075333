"""How long things usually take, from our own history; nothing is promised until there is some."""

from statistics import median

from bot.jobs.job import Job, Jobs
from bot.runtime.clock import Clock

FRESH = 20.0  # seconds for which an answer is good enough
ENOUGH = 3


class Usual:
    """Knows, for a job, how long the studio needed for others like it."""

    def __init__(self, jobs: Jobs, clock: Clock) -> None:
        self._jobs = jobs
        self._clock = clock
        self._known: dict[tuple[str, str, int], tuple[float, float | None]] = {}

    async def seconds(self, job: Job) -> float | None:
        """The usual duration from submission to the finished video; None without enough history."""
        key = (job.studio, job.request.kind, int(job.request.size).bit_length())
        at, seconds = self._known.get(key, (float("-inf"), None))
        if self._clock.now() - at > FRESH:
            took = await self._jobs.took(job.studio, job.request.kind, job.request.size)
            seconds = median(took) if len(took) >= ENOUGH else None
            self._known[key] = (self._clock.now(), seconds)
        return seconds
