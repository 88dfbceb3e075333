"""From which moment on a lost submission may lie in a studio's list, told by the studio's clock and not by ours.

Ours may be wrong, and may have been set since. A moment that is too late would prove an absence that is none, and buy a
video twice; one that is too early only reads further back.
"""

from bot.jobs.job import Job

CLOCK_MARGIN_SECONDS = 300.0  # clocks differ a little, and so may a studio's idea of when something was created
CLOCK_SET_BACK_SECONDS = 86400.0


def search_start(job: Job, now: float, studio_time: float | None) -> float:
    """The earliest moment to look back to, by the studio's clock."""
    submitted = job.submitted_at or job.asked_at
    if submitted > now:  # our clock was set back since, and may have been wrong by anything
        submitted = now - CLOCK_SET_BACK_SECONDS
    ahead = max(0.0, now - studio_time) if studio_time is not None else 0.0
    return submitted - ahead - CLOCK_MARGIN_SECONDS


def unanswered_seconds(job: Job, now: float) -> float:
    """How long the answer has been missing; times in the future come from a clock that was wrong."""
    moments = (job.doubtful_at or 0.0, job.submitted_at or 0.0)
    return now - max((at for at in moments if at <= now), default=0.0)
