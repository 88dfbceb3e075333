"""A clock that is set, while we live and while we do not: what was dated by it is put right."""

import asyncio
from collections.abc import Callable

from bot.worker.clock_shift import CLOCK_CHECK_SECONDS, CLOCK_RECORD_SECONDS, ClockShiftWatcher
from tests.fakes.clock import ManualClock, run_ready_tasks
from tests.fakes.memory_key_value import MemoryKeyValueStore

DAY_SECONDS = 86400.0


class SettableClock(ManualClock):
    """Moved by hand as time passes, and set by hand besides."""

    def __init__(self) -> None:
        super().__init__()
        self.offset_seconds = 0.0

    def now(self) -> float:
        """What people take it to be."""
        return super().now() + self.offset_seconds

    def monotonic(self) -> float:
        """What nobody can set."""
        return super().now()


class ShiftRecorder:
    """Remembers by how much dates were brought nearer."""

    def __init__(self) -> None:
        self.shifts: list[float] = []

    async def move_earlier(self, seconds: float, now: float) -> None:
        """So much."""
        self.shifts.append(seconds)


async def run_for_a_while(
    clock: SettableClock, notes: MemoryKeyValueStore, brought: ShiftRecorder, *then: Callable[[], None]
) -> None:
    """A process that is killed after a few looks, with something happening between them."""
    task = asyncio.create_task(ClockShiftWatcher(clock, brought, notes, lambda: None).run())
    await run_ready_tasks()
    for each in then:
        each()
        await clock.advance(2 * CLOCK_CHECK_SECONDS)
    task.cancel()
    await asyncio.wait([task])


async def test_a_jump_that_is_undone_while_nobody_is_there_is_found_at_the_next_start() -> None:
    """Killed a moment after a jump of ten days, and started when the clock is right again."""
    clock, notes, brought = SettableClock(), MemoryKeyValueStore(), ShiftRecorder()
    await run_for_a_while(clock, notes, brought, lambda: setattr(clock, "offset_seconds", 10 * DAY_SECONDS))
    clock.offset_seconds = 0.0
    await run_for_a_while(clock, notes, brought, lambda: None)
    assert [round(each / DAY_SECONDS) for each in brought.shifts] == [10]


async def test_a_clock_set_back_while_we_live_is_found_within_seconds() -> None:
    """Once, and not again at the next start."""
    clock, notes, brought = SettableClock(), MemoryKeyValueStore(), ShiftRecorder()
    await run_for_a_while(clock, notes, brought, lambda: setattr(clock, "offset_seconds", -DAY_SECONDS))
    await run_for_a_while(clock, notes, brought)
    assert [round(each) for each in brought.shifts] == [DAY_SECONDS]


async def test_time_that_passes_is_no_jump() -> None:
    """However long nobody was there."""
    clock, notes, brought = SettableClock(), MemoryKeyValueStore(), ShiftRecorder()
    await run_for_a_while(clock, notes, brought)
    await clock.advance(3 * CLOCK_RECORD_SECONDS)
    await run_for_a_while(clock, notes, brought)
    assert brought.shifts == []


async def test_dates_are_moved_a_check_after_the_jump_was_seen() -> None:
    """What was computed before the jump may be on its way to the disk when the jump is seen."""
    clock, brought = SettableClock(), ShiftRecorder()
    watcher = ClockShiftWatcher(clock, brought, MemoryKeyValueStore(), lambda: None)
    await watcher.check_clock()
    clock.offset_seconds = -DAY_SECONDS
    await watcher.check_clock()
    assert brought.shifts == []
    await watcher.check_clock()
    await watcher.check_clock()
    assert brought.shifts == [DAY_SECONDS]
