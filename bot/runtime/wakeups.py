"""The bell that a store rings when it kept something that others may be waiting for.

It only saves waiting: whoever never hears it finds the same by looking now and then, and hearing it twice is harmless.
"""

from collections.abc import Callable
from typing import Protocol

WAKE_ALL = ""  # what is heard after a time in which nothing could be heard
WAKE_NOTICES = "notices"
WAKE_MESSAGES = "wall"
_JOB_SIGNAL_PREFIX = "news:"

WakeupListener = Callable[[str], None]


class Wakeups(Protocol):
    """Is heard in every other process that works on the same store."""

    def notify(self, signal: str) -> None:
        """Let the others know; it takes no time and cannot fail."""
        ...

    def listen(self, listener: WakeupListener) -> None:
        """Have an ear told of every word that others ring."""
        ...


class NoWakeups:
    """The bell of a store that only one process uses."""

    def notify(self, signal: str) -> None:
        """There is nobody else."""

    def listen(self, listener: WakeupListener) -> None:
        """There is nothing to hear."""


def job_signal(job: str) -> str:
    """The word that says that there is news of a job."""
    return _JOB_SIGNAL_PREFIX + job


def job_in_signal(signal: str) -> str | None:
    """The job that a word is about, if it is about one."""
    return signal.removeprefix(_JOB_SIGNAL_PREFIX) if signal.startswith(_JOB_SIGNAL_PREFIX) else None
