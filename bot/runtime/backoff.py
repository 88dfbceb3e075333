"""How long to wait before polling or retrying."""

import math
import random

POLL_DELAYS_SECONDS = (1.5, 2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 20.0, 30.0)
# A job this old is polled less and less often, once it was polled this often: a clock that jumped makes nothing late.
SLOW_POLL_AFTER_SECONDS = 3600.0
SLOW_POLL_MIN_TRIES = 100
RETRY_DELAYS_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0)
MAX_DELAY_AGE_RATIO = 2 / 3  # the longest delay, as a part of the age of the job …
YOUNG_JOB_MAX_DELAY_SECONDS = 10.0  # … or this, for a job that is younger


def poll_delay(tries: int, age: float) -> float:
    """The pause before the next poll of a rendering job: short at first, minutes after an hour, longer after a day."""
    if age > SLOW_POLL_AFTER_SECONDS and tries > SLOW_POLL_MIN_TRIES:
        return _with_jitter(min(1800.0, age / 30))
    return _with_jitter(POLL_DELAYS_SECONDS[min(tries, len(POLL_DELAYS_SECONDS) - 1)])


def retry_delay(tries: int, retry_after: float | None = None, age: float = math.inf) -> float:
    """The pause before repeating a call that certainly did nothing; never shorter than the server asked for.

    Crashes and rate limits use up many tries in little time. So a pause is limited to a part of the job's age: an
    outage of one minute then costs less than two, and not six.
    """
    pause = min(
        RETRY_DELAYS_SECONDS[min(tries, len(RETRY_DELAYS_SECONDS) - 1)],
        max(YOUNG_JOB_MAX_DELAY_SECONDS, age * MAX_DELAY_AGE_RATIO),
    )
    return max(retry_after or 0.0, _with_jitter(pause))


def _with_jitter(seconds: float) -> float:
    return seconds * random.uniform(0.9, 1.1)  # noqa: S311 - spreads load, hides nothing
