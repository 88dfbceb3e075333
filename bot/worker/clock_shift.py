"""The clock was set back: what waits for a moment that is suddenly far ahead is brought nearer by as much.

Dates are written by the clock that people can set, because they must mean something to the next process and to other
machines. Nothing else in the bot needs to know that such a clock may go back; forwards only makes things due early.
"""

from collections.abc import Callable
from typing import Protocol

import structlog

from bot.desk.chat_context import Notes
from bot.errors import Trouble
from bot.runtime.clock import Clock, steady

log = structlog.get_logger(__name__)

LEAST = 2.0  # seconds; less is what a daemon does to a clock all day, and only makes somebody wait so long
EVERY = 1.0  # what is dated by a wrong clock that nobody noted cannot be put right after a crash
MARK = 60.0  # how often the time is noted, so that a start knows what an earlier process took the time to be
SPACE, SEEN = "clock", "seen"


class Dates(Protocol):
    """Everything that is kept for later."""

    async def nearer(self, seconds: float, now: float) -> None:
        """Bring what waits nearer by so many seconds, and let no hold last longer than one that begins now."""
        ...


class Setbacks:
    """Compares the clock with one that cannot be set."""

    def __init__(self, clock: Clock, dates: Dates, notes: Notes, wake: Callable[[], None]) -> None:
        self._clock = clock
        self._dates = dates
        self._notes = notes
        self._wake = wake
        self._ahead = 0.0  # of the steady clock
        self._marked = float("-inf")

    async def run(self) -> None:
        """Mend what a clock that is set back does to dates, until cancelled; what another process saw counts too."""
        self._ahead = self._offset()
        try:
            seen = await self._notes.get(SPACE, SEEN)
        except Trouble as trouble:
            log.warning("it is not known whether the clock was set back", why=trouble.sentence)
            seen = None
        if isinstance(seen, int | float):
            self._ahead = max(self._ahead, seen - steady(self._clock))
        while True:
            try:
                await self.look()
            except Trouble as trouble:  # the next look finds the same
                log.warning("dates could not be brought nearer", why=trouble.sentence)
            await self._clock.sleep(EVERY)

    async def look(self) -> None:
        """Compare once, and note the time now and then."""
        offset = self._offset()
        back = self._ahead - offset
        if back > LEAST:
            log.warning("the clock was set back, so what waits is brought nearer", seconds=round(back))
            await self._dates.nearer(back, self._clock.now())
            self._wake()
        self._ahead = offset
        # Forwards too, and at once: if it is set right again while nobody is there, the next start must know of it.
        if abs(back) > LEAST or steady(self._clock) - self._marked > MARK:
            await self._notes.put(SPACE, SEEN, self._clock.now())
            self._marked = steady(self._clock)

    def _offset(self) -> float:
        return self._clock.now() - steady(self._clock)
