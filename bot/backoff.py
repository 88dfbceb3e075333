"""How long to wait before looking or trying again."""

import random

LOOKS = (1.5, 2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 20.0, 30.0)
SLOW_AFTER = 3600.0  # an hour in, a job is late and looked at ever more rarely …
SLOW_TRIES = 100  # … once it was looked at as often as in an hour: a clock that jumped makes nothing late
TRIES = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0)


def look(tries: int, age: float) -> float:
    """The pause before looking at a rendering job again: dense at first, minutes after an hour, longer after a day."""
    if age > SLOW_AFTER and tries > SLOW_TRIES:
        return _spread(min(1800.0, age / 30))
    return _spread(LOOKS[min(tries, len(LOOKS) - 1)])


def again(tries: int, asked: float | None = None) -> float:
    """The pause before repeating a call that certainly did nothing; never shorter than the other side asked for."""
    return max(asked or 0.0, _spread(TRIES[min(tries, len(TRIES) - 1)]))


def _spread(seconds: float) -> float:
    """A little chance keeps many jobs from calling in the same instant."""
    return seconds * random.uniform(0.9, 1.1)  # noqa: S311 - spreads load, hides nothing
