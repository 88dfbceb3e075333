"""When the clock is set back, all due dates are moved back by the same amount.

Due dates are wall-clock times, because other processes and machines must understand them. Nothing else in the bot needs
to know that this clock may jump; one that is set forward only makes jobs due early.
"""

from collections.abc import Callable
from typing import Protocol

import structlog

from bot.errors import Trouble
from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore

log = structlog.get_logger(__name__)

MIN_SHIFT_SECONDS = 2.0  # time synchronisation makes smaller steps all day
CLOCK_CHECK_SECONDS = 1.0
CLOCK_RECORD_SECONDS = 60.0  # the next start compares the clock with the last recorded time
CLOCK_SPACE, LAST_SEEN_KEY = "clock", "last_seen"


class DueDates(Protocol):
    """All due dates and leases in the store."""

    async def move_earlier(self, seconds: float, now: float) -> None:
        """Subtract so many seconds, and let no lease last longer than one that begins now."""


class ClockShiftWatcher:
    """Compares the clock with one that cannot be set."""

    def __init__(
        self, clock: Clock, due_dates: DueDates, key_value: KeyValueStore, wake_all: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._due_dates = due_dates
        self._key_value = key_value
        self._wake_all = wake_all
        self._last_offset = 0.0  # from the monotonic clock
        self._owed_seconds = 0.0  # by which due dates are still to be moved
        self._recorded_at = float("-inf")

    async def run(self) -> None:
        """Check until cancelled, beginning with the time that an earlier process recorded."""
        self._last_offset = self._current_offset()
        try:
            last_seen = await self._key_value.get(CLOCK_SPACE, LAST_SEEN_KEY)
        except Trouble as trouble:
            log.warning("last recorded time not known", why=trouble.sentence)
            last_seen = None
        if isinstance(last_seen, int | float):
            self._last_offset = max(self._last_offset, last_seen - self._clock.monotonic())
        while True:
            try:
                await self.check_clock()
            except Trouble as trouble:  # the next check tries again
                log.warning("due dates not moved", why=trouble.sentence)
            await self._clock.sleep(CLOCK_CHECK_SECONDS)

    async def check_clock(self) -> None:
        offset = self._current_offset()
        back, self._last_offset = self._last_offset - offset, offset
        if back > MIN_SHIFT_SECONDS:
            # Moved by the next check: dates computed before the jump, and being written now, must be there by then.
            log.warning("clock was set back, moving due dates", seconds=round(back))
            self._owed_seconds += back
            return
        if self._owed_seconds:
            await self._due_dates.move_earlier(self._owed_seconds, self._clock.now())
            self._wake_all()
        # A jump forwards is recorded at once: if it is undone while no process runs, the next start must know.
        jumped = self._owed_seconds or back < -MIN_SHIFT_SECONDS
        self._owed_seconds = 0.0
        if jumped or self._clock.monotonic() - self._recorded_at > CLOCK_RECORD_SECONDS:
            await self._key_value.put(CLOCK_SPACE, LAST_SEEN_KEY, self._clock.now())
            self._recorded_at = self._clock.monotonic()

    def _current_offset(self) -> float:
        return self._clock.now() - self._clock.monotonic()
