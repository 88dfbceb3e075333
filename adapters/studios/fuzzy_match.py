"""Which entries of a catalogue a few typed letters mean."""

import unicodedata
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from typing import TypeVar

FUZZY = 0.6
T = TypeVar("T")


def fold(text: str) -> str:
    """Letters as they are compared: without case and accents."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).strip()


def ranked(rows: Iterable[T], typed: str, texts: Callable[[T], Iterable[str]], limit: int) -> list[T]:
    """The best matches first: what begins so, what has it inside, then what is spelt nearly so."""
    wanted = fold(typed)
    held = [(row, [fold(text) for text in texts(row)]) for row in rows]
    if not wanted:
        return [row for row, _ in held[:limit]]
    found = sorted(
        ((score, row) for row, names in held if (score := _score(wanted, names)) is not None), key=lambda pair: pair[0]
    )
    return [row for _, row in found[:limit]] or _nearly(held, wanted, limit)


def _score(wanted: str, names: list[str]) -> int | None:
    if any(name.startswith(wanted) for name in names):
        return 0
    if any(wanted in name for name in names):
        return 1
    # “french female” means both, wherever they are said.
    return 2 if all(any(word in name for name in names) for word in wanted.split()) else None


def _nearly(held: list[tuple[T, list[str]]], wanted: str, limit: int) -> list[T]:
    matcher = SequenceMatcher(b=wanted, autojunk=False)
    scored = []
    for row, names in held:
        best = max((_likeness(matcher, name) for name in names), default=0.0)
        if best >= FUZZY:
            scored.append((best, row))
    return [row for _, row in sorted(scored, key=lambda pair: -pair[0])[:limit]]


def _likeness(matcher: "SequenceMatcher[str]", name: str) -> float:
    matcher.set_seq1(name)
    # The quick bounds spare the slow comparison for all but a few of a thousand names.
    return matcher.ratio() if matcher.real_quick_ratio() >= FUZZY and matcher.quick_ratio() >= FUZZY else 0.0
