"""How long to wait before looking or trying again."""

import math
import random

LOOKS = (1.5, 2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 20.0, 30.0)
SLOW_AFTER = 3600.0  # an hour in, a job is late and looked at ever more rarely …
SLOW_TRIES = 100  # … once it was looked at as often as in an hour: a clock that jumped makes nothing late
TRIES = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0)
PART = 2 / 3  # of the time that a job has waited is the most that it waits at once, but for …
YOUNG = 10.0  # seconds; a job that was asked a moment ago waits no longer than that, however often it was tried


def look(tries: int, age: float) -> float:
    """The pause before looking at a rendering job again: dense at first, minutes after an hour, longer after a day."""
    if age > SLOW_AFTER and tries > SLOW_TRIES:
        return _spread(min(1800.0, age / 30))
    return _spread(LOOKS[min(tries, len(LOOKS) - 1)])


def again(tries: int, asked: float | None = None, age: float = math.inf) -> float:
    """The pause before repeating a call that certainly did nothing; never shorter than the other side asked for.

    Crashes, and a studio that asks everybody to be silent, use up many tries in little time. So a pause is no longer
    than most of what was waited already: trouble of a minute then costs less than two, and not six.
    """
    pause = min(TRIES[min(tries, len(TRIES) - 1)], max(YOUNG, age * PART))
    return max(asked or 0.0, _spread(pause))


def _spread(seconds: float) -> float:
    """A little chance keeps many jobs from calling in the same instant."""
    return seconds * random.uniform(0.9, 1.1)  # noqa: S311 - spreads load, hides nothing
