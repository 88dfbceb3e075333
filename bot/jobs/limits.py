"""Caps: how many jobs one person may have, or one channel, at one time and within an hour or a day.

They are counted in the store itself, in the transaction that keeps a new job, so that they survive restarts, hold for
many replicas together, and cannot be outrun by asking fifty times in the same instant.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Literal

from bot.errors import Refused

Whose = Literal["person", "channel"]

SPANS: dict[str, float | None] = {"running": None, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
OFF = ("off", "none", "0")


@dataclass(frozen=True)
class Cap:
    """At most so many jobs of one person, or in one channel."""

    whose: Whose
    most: int
    word: str  # one of SPANS

    @property
    def seconds(self) -> float | None:
        """Within how many seconds; None means unfinished at one time."""
        return SPANS[self.word]

    @property
    def words(self) -> str:
        """Such as “300 an hour”."""
        return f"{self.most} at one time" if self.seconds is None else f"{self.most} {_each(self.word)}"


class Reached(Refused):
    """One more job would be more than a cap allows; `frees_at` is when there is room again, where time alone tells."""

    def __init__(self, cap: Cap, frees_at: float | None = None) -> None:
        super().__init__(f"This is more than {cap.words}.")
        self.cap = cap
        self.frees_at = frees_at


def caps(setting: str, whose: Whose) -> tuple[Cap, ...]:
    """The caps of a setting such as `running=5 hour=20 day=100`; none when it is off."""
    words = setting.replace(",", " ").split()
    if not words or (len(words) == 1 and words[0].casefold() in OFF):
        return ()
    return tuple(cap for word in words if (cap := _cap(word, whose)))


def reached(error: Reached, now: float, asked: int, contact: str) -> Refused:
    """What a person reads: the limit, when it opens again, and whom to ask."""
    cap = error.cap
    if asked > cap.most:
        why = f"This asks for {asked} videos together, and {_who(cap)} may have {cap.words}. Ask for fewer together."
    elif cap.seconds is None:
        why = (
            f"{_has(cap)} {_videos(cap)} in the making, the most there may be at one time. Ask again when one is done."
        )
    else:
        opens = error.frees_at or now + cap.seconds
        why = (
            f"{_has(cap)} asked for {_videos(cap)} within {_each(cap.word)}, the most there may be. "
            f"Ask again {_when(opens, now)}."
        )
    return Refused(f"{why} {contact} Nothing was spent.")


def _cap(word: str, whose: Whose) -> Cap | None:
    name, sign, number = word.partition("=")
    if name not in SPANS or not sign or not (number.isdecimal() or number in OFF) or len(number) > 9:
        raise Refused(
            f"“{word}” is no limit. Write {', '.join(f'{each}=…' for each in SPANS)} with a whole number, or off."
        )
    most = int(number) if number.isdecimal() else 0
    return Cap(whose, most, name) if most else None


def _who(cap: Cap) -> str:
    return "one person" if cap.whose == "person" else "one channel"


def _has(cap: Cap) -> str:
    return "You have" if cap.whose == "person" else "This channel has"


def _videos(cap: Cap) -> str:
    return f"{cap.most} video{'' if cap.most == 1 else 's'}"


def _each(word: str) -> str:
    return f"{'an' if word == 'hour' else 'a'} {word}"


def _when(opens: float, now: float) -> str:
    minutes = max(1, ceil((opens - now) / 60))
    clock = datetime.fromtimestamp(opens, UTC)
    if minutes < 2:
        return "in a minute"
    span = f"{minutes} minutes" if minutes < 100 else f"{round(minutes / 60)} hours"
    return f"in about {span} (at {clock:%H:%M} UTC)"
