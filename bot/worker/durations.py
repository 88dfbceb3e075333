"""How long things usually take, from our own history; nothing is promised until there is some."""

from statistics import median

from bot.jobs.job import Job, Jobs
from bot.runtime.clock import Clock

DURATION_CACHE_SECONDS = 20.0  # seconds for which an answer is good enough
MIN_DURATION_SAMPLES = 3


class ExpectedDurations:
    """Knows, for a job, how long the studio needed for others like it."""

    def __init__(self, jobs: Jobs, clock: Clock) -> None:
        self._jobs = jobs
        self._clock = clock
        self._cache: dict[tuple[str, str, int], tuple[float, float | None]] = {}

    async def expected_seconds(self, job: Job) -> float | None:
        """The usual duration from submission to the finished video; None without enough history."""
        key = (job.studio, job.request.kind, int(job.request.size).bit_length())
        cached_at, seconds = self._cache.get(key, (float("-inf"), None))
        if self._clock.now() - cached_at > DURATION_CACHE_SECONDS:
            durations = await self._jobs.recent_durations(job.studio, job.request.kind, job.request.size)
            seconds = median(durations) if len(durations) >= MIN_DURATION_SAMPLES else None
            self._cache[key] = (self._clock.now(), seconds)
        return seconds
