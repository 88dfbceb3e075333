"""Which entries of a catalogue a few typed letters mean."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from typing import Protocol, TypeVar

from bot.requests.options import suggest_names

MIN_SIMILARITY = 0.6


class NamedRow(Protocol):
    """An entry of a catalogue."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


T = TypeVar("T")
RowT = TypeVar("RowT", bound=NamedRow)


def fold_text(text: str) -> str:
    """Without case and accents, for comparing."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).strip()


def find_named(rows: Iterable[RowT], typed: str) -> RowT | None:
    """The row with this id, else the first with this name."""
    rows, wanted = list(rows), fold_text(typed)
    by_id = next((row for row in rows if fold_text(row.id) == wanted), None)
    return by_id or next((row for row in rows if fold_text(row.name) == wanted), None)


def did_you_mean_row(rows: Iterable[RowT], typed: str, texts: Callable[[RowT], Iterable[str]] | None = None) -> str:
    """“ Did you mean …?” with the nearest names, to append to a refusal; empty if none is near."""
    near = rank_matches(rows, typed, texts or (lambda row: (row.name, row.id)), 3)
    return suggest_names(row.name or row.id for row in near)


def references(rows: Iterable[RowT]) -> dict[str, str]:
    """By id what people pick: the name, where no other row has it, as an id tells them nothing."""
    rows = list(rows)
    counts = Counter(fold_text(row.name) for row in rows)
    return {row.id: row.name if row.name and counts[fold_text(row.name)] == 1 else row.id for row in rows}


def by_name(rows: Iterable[RowT]) -> list[RowT]:
    return sorted(rows, key=lambda row: fold_text(row.name or row.id))


def label_of(*facts: str) -> str:
    """The facts that are known, on one line."""
    return " · ".join(fact for fact in facts if fact)


def rank_matches(rows: Iterable[T], typed: str, texts: Callable[[T], Iterable[str]], limit: int) -> list[T]:
    """The best matches first: by beginning, then by content, then by similar spelling."""
    wanted = fold_text(typed)
    folded = [(row, [fold_text(text) for text in texts(row)]) for row in rows]
    if not wanted:
        return [row for row, _ in folded[:limit]]
    matches = sorted(
        ((score, row) for row, names in folded if (score := _match_score(wanted, names)) is not None),
        key=lambda pair: pair[0],
    )
    return [row for _, row in matches[:limit]] or _fuzzy_matches(folded, wanted, limit)


def _match_score(wanted: str, names: list[str]) -> int | None:
    if any(name.startswith(wanted) for name in names):
        return 0
    if any(wanted in name for name in names):
        return 1
    # “french female” means both, wherever they are said.
    return 2 if all(any(word in name for name in names) for word in wanted.split()) else None


def _fuzzy_matches(folded: list[tuple[T, list[str]]], wanted: str, limit: int) -> list[T]:
    matcher = SequenceMatcher(b=wanted, autojunk=False)
    scored = []
    for row, names in folded:
        best = max((_similarity(matcher, name) for name in names), default=0.0)
        if best >= MIN_SIMILARITY:
            scored.append((best, row))
    return [row for _, row in sorted(scored, key=lambda pair: -pair[0])[:limit]]


def _similarity(matcher: "SequenceMatcher[str]", name: str) -> float:
    matcher.set_seq1(name)
    # The quick bounds spare the slow comparison for all but a few of a thousand names.
    near = matcher.real_quick_ratio() >= MIN_SIMILARITY and matcher.quick_ratio() >= MIN_SIMILARITY
    return matcher.ratio() if near else 0.0
