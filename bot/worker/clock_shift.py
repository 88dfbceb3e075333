"""The clock was set back: what waits for a moment that is suddenly far ahead is brought nearer by as much.

Dates are written by the clock that people can set, because they must mean something to the next process and to other
machines. Nothing else in the bot needs to know that such a clock may go back; forwards only makes things due early.
"""

from collections.abc import Callable
from typing import Protocol

import structlog

from bot.errors import Trouble
from bot.runtime.clock import Clock, monotonic_now
from bot.runtime.key_value import KeyValueStore

log = structlog.get_logger(__name__)

MIN_SHIFT_SECONDS = 2.0  # seconds; less is what a daemon does to a clock all day, and only makes somebody wait so long
CLOCK_CHECK_SECONDS = 1.0  # what is dated by a wrong clock that nobody noted cannot be put right after a crash
CLOCK_RECORD_SECONDS = (
    60.0  # how often the time is noted, so that a start knows what an earlier process took the time to be
)
CLOCK_SPACE, LAST_SEEN_KEY = "clock", "seen"


class DueDates(Protocol):
    """Everything that is kept for later."""

    async def move_earlier(self, seconds: float, now: float) -> None:
        """Bring what waits nearer by so many seconds, and let no hold last longer than one that begins now."""
        ...


class ClockShiftWatcher:
    """Compares the clock with one that cannot be set."""

    def __init__(
        self, clock: Clock, due_dates: DueDates, key_value: KeyValueStore, wake_all: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._due_dates = due_dates
        self._key_value = key_value
        self._wake_all = wake_all
        self._last_offset = 0.0  # of the steady clock
        self._recorded_at = float("-inf")

    async def run(self) -> None:
        """Mend what a clock that is set back does to dates, until cancelled; what another process saw counts too."""
        self._last_offset = self._current_offset()
        try:
            last_seen = await self._key_value.get(CLOCK_SPACE, LAST_SEEN_KEY)
        except Trouble as trouble:
            log.warning("it is not known whether the clock was set back", why=trouble.sentence)
            last_seen = None
        if isinstance(last_seen, int | float):
            self._last_offset = max(self._last_offset, last_seen - monotonic_now(self._clock))
        while True:
            try:
                await self.check_clock()
            except Trouble as trouble:  # the next look finds the same
                log.warning("dates could not be brought nearer", why=trouble.sentence)
            await self._clock.sleep(CLOCK_CHECK_SECONDS)

    async def check_clock(self) -> None:
        """Compare once, and note the time now and then."""
        offset = self._current_offset()
        back = self._last_offset - offset
        if back > MIN_SHIFT_SECONDS:
            log.warning("the clock was set back, so what waits is brought nearer", seconds=round(back))
            await self._due_dates.move_earlier(back, self._clock.now())
            self._wake_all()
        self._last_offset = offset
        # Forwards too, and at once: if it is set right again while nobody is there, the next start must know of it.
        if abs(back) > MIN_SHIFT_SECONDS or monotonic_now(self._clock) - self._recorded_at > CLOCK_RECORD_SECONDS:
            await self._key_value.put(CLOCK_SPACE, LAST_SEEN_KEY, self._clock.now())
            self._recorded_at = monotonic_now(self._clock)

    def _current_offset(self) -> float:
        return self._clock.now() - monotonic_now(self._clock)
