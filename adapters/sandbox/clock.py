"""The clock, passed in so that tests can set it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]

DAY_SECONDS = 86_400.0


def iso_timestamp(seconds: float) -> str:
    """A moment as studios write it, in UTC to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
