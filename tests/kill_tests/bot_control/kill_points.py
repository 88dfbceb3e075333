"""Points: the moments on a job's way at which a process may die, found by watching one run and not by a list."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Side = Literal["before", "after"]


@dataclass(frozen=True)
class KillPoint:
    """The nth time something happens, and on which side of it."""

    name: str  # such as "write UPDATE jobs submitting" or "call POST /talks"
    nth: int
    side: Side

    def __str__(self) -> str:
        return f"{self.side} {self.name} #{self.nth}"

    @property
    def is_call(self) -> bool:
        """Whether it is a call, seen on the wire; all else is seen inside the process."""
        return self.name.startswith("call ")


class ProcessKilled(Exception):
    """The process that passed here is dead; whoever acts for it stops."""


class KillGate:
    """Counts what passes, and strikes at one point of it."""

    def __init__(self, on_pass: Callable[[str, int], None], target: KillPoint | None, kill: Callable[[], None]) -> None:
        self._on_pass = on_pass
        self._target = target
        self._kill = kill
        self._counts = Counter[str]()
        self._lock = threading.Lock()  # files are written by threads

    def before(self, name: str) -> int:
        """Something is about to happen, for the nth time; that n."""
        with self._lock:
            self._counts[name] += 1
            nth = self._counts[name]
        self._on_pass(name, nth)
        self._kill_if_target(KillPoint(name, nth, "before"))
        return nth

    def after(self, name: str, nth: int) -> None:
        """It has happened, and nobody was told yet."""
        self._kill_if_target(KillPoint(name, nth, "after"))

    def _kill_if_target(self, point: KillPoint) -> None:
        if point == self._target:
            self._kill()


def points_on_both_sides(points_passed: list[tuple[str, int]], max_repeats: int) -> list[KillPoint]:
    """Every point of a run, with what is repeated (polling) at most so often."""
    sides: tuple[Side, Side] = ("before", "after")
    return [KillPoint(name, nth, side) for name, nth in points_passed if nth <= max_repeats for side in sides]
