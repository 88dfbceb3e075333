"""Wake-ups: a process that wrote something tells the others, and one part of a process tells another.

They only save waiting. A wake-up that gets lost is found by polling, and one that comes twice does no harm.
"""

import asyncio
from collections.abc import Callable, Iterable
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
        ...

    def listen(self, listener: WakeupListener) -> None:
        """Call `listener` with every signal from others."""
        ...


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


class QueueWakeups:
    """Within this process: one event for each queue, set when a job in it may be due."""

    def __init__(self, queues: Iterable[str]) -> None:
        self._events = {queue: asyncio.Event() for queue in queues}

    def event(self, queue: str) -> asyncio.Event:
        return self._events[queue]

    def wake(self, queue: str | None) -> None:
        if queue in self._events:
            self._events[queue].set()

    def wake_all(self) -> None:
        for event in self._events.values():
            event.set()
