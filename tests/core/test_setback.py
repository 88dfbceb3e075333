"""A clock that is set, while we live and while we do not: what was dated by it is put right."""

import asyncio
from collections.abc import Callable

from bot.worker.clock_shift import EVERY, MARK, Setbacks
from tests.fakes.clock import HandClock, settle
from tests.fakes.notes import MemoryNotes

DAY = 86400.0


class SetClock(HandClock):
    """Moved by hand as time passes, and set by hand besides."""

    def __init__(self) -> None:
        super().__init__()
        self.set_by = 0.0

    def now(self) -> float:
        """What people take it to be."""
        return super().now() + self.set_by

    def steady(self) -> float:
        """What nobody can set."""
        return super().now()


class Brought:
    """Remembers by how much dates were brought nearer."""

    def __init__(self) -> None:
        self.by: list[float] = []

    async def nearer(self, seconds: float, now: float) -> None:
        """So much."""
        self.by.append(seconds)


async def lives(clock: SetClock, notes: MemoryNotes, brought: Brought, *then: Callable[[], None]) -> None:
    """A process that is killed after a few looks, with something happening between them."""
    task = asyncio.create_task(Setbacks(clock, brought, notes, lambda: None).run())
    await settle()
    for each in then:
        each()
        await clock.advance(2 * EVERY)
    task.cancel()
    await asyncio.wait([task])


async def test_a_jump_that_is_undone_while_nobody_is_there_is_found_at_the_next_start() -> None:
    """Killed a moment after a jump of ten days, and started when the clock is right again."""
    clock, notes, brought = SetClock(), MemoryNotes(), Brought()
    await lives(clock, notes, brought, lambda: setattr(clock, "set_by", 10 * DAY))
    clock.set_by = 0.0
    await lives(clock, notes, brought)
    assert [round(each / DAY) for each in brought.by] == [10]


async def test_a_clock_set_back_while_we_live_is_found_within_seconds() -> None:
    """Once, and not again at the next start."""
    clock, notes, brought = SetClock(), MemoryNotes(), Brought()
    await lives(clock, notes, brought, lambda: setattr(clock, "set_by", -DAY))
    await lives(clock, notes, brought)
    assert [round(each) for each in brought.by] == [DAY]


async def test_time_that_passes_is_no_jump() -> None:
    """However long nobody was there."""
    clock, notes, brought = SetClock(), MemoryNotes(), Brought()
    await lives(clock, notes, brought)
    await clock.advance(3 * MARK)
    await lives(clock, notes, brought)
    assert brought.by == []
