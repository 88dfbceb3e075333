"""The bell that a store rings when it kept something that others may be waiting for.

It only saves waiting: whoever never hears it finds the same by looking now and then, and hearing it twice is harmless.
"""

from collections.abc import Callable
from typing import Protocol

ANYTHING = ""  # what is heard after a time in which nothing could be heard
NOTICES = "notices"
WALL = "wall"
_NEWS = "news:"

Ear = Callable[[str], None]


class Bell(Protocol):
    """Is heard in every other process that works on the same store."""

    def ring(self, word: str) -> None:
        """Let the others know; it takes no time and cannot fail."""
        ...

    def listen(self, ear: Ear) -> None:
        """Have an ear told of every word that others ring."""
        ...


class Quiet:
    """The bell of a store that only one process uses."""

    def ring(self, word: str) -> None:
        """There is nobody else."""

    def listen(self, ear: Ear) -> None:
        """There is nothing to hear."""


def news_of(job: str) -> str:
    """The word that says that there is news of a job."""
    return _NEWS + job


def subject(word: str) -> str | None:
    """The job that a word is about, if it is about one."""
    return word.removeprefix(_NEWS) if word.startswith(_NEWS) else None
