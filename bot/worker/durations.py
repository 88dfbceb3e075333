"""How long things usually take, from our own history; nothing is promised until there is some."""

from statistics import median

from bot.jobs.job import Job, Jobs
from bot.runtime.clock import Clock
from bot.runtime.ttl_cache import TtlCache

DURATION_CACHE_SECONDS = 20.0  # seconds for which an answer is good enough
MIN_DURATION_SAMPLES = 3


class ExpectedDurations:
    """Knows, for a job, how long the studio needed for others like it."""

    def __init__(self, jobs: Jobs, clock: Clock) -> None:
        self._jobs = jobs
        self._cache = TtlCache[tuple[str, str, int], float | None](clock, DURATION_CACHE_SECONDS)

    async def expected_seconds(self, job: Job) -> float | None:
        """The usual duration from submission to the finished video; None without enough history."""
        key = (job.studio, job.request.kind, int(job.request.size).bit_length())
        if key in self._cache:
            return self._cache.get(key)
        durations = await self._jobs.recent_durations(job.studio, job.request.kind, job.request.size)
        return self._cache.put(key, median(durations) if len(durations) >= MIN_DURATION_SAMPLES else None)
