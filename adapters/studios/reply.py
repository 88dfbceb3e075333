"""An answer of a studio, as far as all answer alike: its status, its JSON, and how long it wants to be left alone."""

from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from adapters.studios.clock_skew import dated
from adapters.studios.rate_limit import Governor


@dataclass(frozen=True)
class Reply:
    """An answer, read: `data` is None when it was no JSON."""

    status: int
    data: Any = field(default=None, repr=False)
    after: float | None = None
    there: float | None = None  # what time it is at the studio
    page: bool = False  # a web page, which no studio sends: something in between spoke

    @classmethod
    def of(cls, answer: httpx.Response, data: Any, after: float | None) -> Self:
        """The answer with what its head and its first sign tell."""
        there, page = dated(answer.headers.get("date", "")), answer.content[:64].lstrip()[:1] == b"<"
        return cls(answer.status_code, data, after, there, page)


def noted(answer: httpx.Response, governor: Governor, now: float) -> float | None:
    """Let the governor know how it went; the seconds to wait before the next call, when there are some."""
    after = _after(answer.headers.get("retry-after", ""), now)
    if answer.status_code == 429:
        return governor.pause(after)
    if answer.status_code >= 500:
        governor.fail()
    else:
        governor.calm()
    return after


def _after(said: str, now: float) -> float | None:
    """Seconds to wait, told as a number or as a date."""
    if said.strip().isdecimal():
        return float(said)
    until = dated(said)
    return None if until is None else max(0.0, until - now)
