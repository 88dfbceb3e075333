"""Wake-ups: a process that wrote something tells the others.

They only save waiting. A wake-up that gets lost is found by polling, and one that comes twice does no harm.
"""

from collections.abc import Callable
from typing import Protocol

WAKE_ALL = ""  # sent to ourselves after a time without a connection
WAKE_NOTICES = "notices"
WAKE_MESSAGES = "messages"
_JOB_SIGNAL_PREFIX = "job:"

WakeupListener = Callable[[str], None]


class Wakeups(Protocol):
    """Reaches every other process that works on the same store."""

    def notify(self, signal: str) -> None:
        """Wake the others; it takes no time and cannot fail."""

    def listen(self, listener: WakeupListener) -> None:
        """Call `listener` with every signal from others."""


class NoWakeups:
    """For a store that only one process uses."""

    def notify(self, signal: str) -> None:
        pass

    def listen(self, listener: WakeupListener) -> None:
        pass


def job_signal(job: str) -> str:
    """The signal that a job was nudged."""
    return _JOB_SIGNAL_PREFIX + job


def job_in_signal(signal: str) -> str | None:
    return signal.removeprefix(_JOB_SIGNAL_PREFIX) if signal.startswith(_JOB_SIGNAL_PREFIX) else None
