"""Points: the moments on a job's way at which a process may die, found by watching one run and not by a list."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Side = Literal["before", "after"]


@dataclass(frozen=True)
class Point:
    """The nth time something happens, and on which side of it."""

    name: str  # such as "write UPDATE jobs submitting" or "call POST /talks"
    nth: int
    side: Side

    def __str__(self) -> str:
        return f"{self.side} {self.name} #{self.nth}"

    @property
    def outside(self) -> bool:
        """Whether it is a call, seen on the wire; all else is seen inside the process."""
        return self.name.startswith("call ")


class Struck(Exception):
    """The process that passed here is dead; whoever acts for it stops."""


class Gate:
    """Counts what passes, and strikes at one point of it."""

    def __init__(self, passed: Callable[[str, int], None], target: Point | None, strike: Callable[[], None]) -> None:
        self._passed = passed
        self._target = target
        self._strike = strike
        self._counts = Counter[str]()
        self._lock = threading.Lock()  # files are written by threads

    def before(self, name: str) -> int:
        """Something is about to happen, for the nth time; that n."""
        with self._lock:
            self._counts[name] += 1
            nth = self._counts[name]
        self._passed(name, nth)
        self._meet(Point(name, nth, "before"))
        return nth

    def after(self, name: str, nth: int) -> None:
        """It has happened, and nobody was told yet."""
        self._meet(Point(name, nth, "after"))

    def _meet(self, point: Point) -> None:
        if point == self._target:
            self._strike()


def both_sides(passed: list[tuple[str, int]], most: int) -> list[Point]:
    """Every point of a run, with what is repeated (polling) at most so often."""
    sides: tuple[Side, Side] = ("before", "after")
    return [Point(name, nth, side) for name, nth in passed if nth <= most for side in sides]
