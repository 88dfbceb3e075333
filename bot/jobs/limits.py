"""Limits: how many jobs one person or one channel may have, at one time and within an hour or a day.

They are counted in the store itself, in the transaction that keeps a new job, so that they survive restarts, hold for
many replicas together, and cannot be outrun by asking fifty times in the same instant.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Literal

from bot.errors import Refused

LimitScope = Literal["person", "channel"]

SPAN_SECONDS: dict[str, float | None] = {"running": None, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
OFF_WORDS = ("off", "none", "0")


@dataclass(frozen=True)
class Limit:
    scope: LimitScope
    max_jobs: int
    span: str  # one of SPANS
    set_by: str = ""  # the moderator who set it for a channel; else it is the operator's

    @property
    def span_seconds(self) -> float | None:
        """None means unfinished at one time."""
        return SPAN_SECONDS[self.span]

    @property
    def text(self) -> str:
        """Such as “300 an hour”."""
        return (
            f"{self.max_jobs} at one time"
            if self.span_seconds is None
            else f"{self.max_jobs} {_with_article(self.span)}"
        )


class LimitReached(Refused):
    """One more job would exceed a limit; `retry_at` is when there is room again, if time alone decides that."""

    def __init__(self, limit: Limit, retry_at: float | None = None) -> None:
        super().__init__(f"This is more than {limit.text}.")
        self.limit = limit
        self.retry_at = retry_at


def parse_limits(setting: str, scope: LimitScope) -> tuple[Limit, ...]:
    """Parse a setting such as `running=5 hour=20 day=100`."""
    words = setting.replace(",", " ").split()
    if not words or (len(words) == 1 and words[0].casefold() in OFF_WORDS):
        return ()
    return tuple(limit for word in words if (limit := _parse_limit(word, scope)))


def limit_refusal(error: LimitReached, now: float, requested: int, contact: str) -> Refused:
    """The limit, when it frees up, and whom to contact."""
    limit = error.limit
    if requested > limit.max_jobs:
        why = (
            f"You requested {requested} videos at once; the limit is {limit.text} for {_scope_noun(limit)}. Request "
            "fewer at once."
        )
    elif limit.span_seconds is None:
        why = f"{_scope_has(limit)} {_count_videos(limit)} rendering, which is the limit. Try again when one is done."
    else:
        retry_at = error.retry_at or now + limit.span_seconds
        why = (
            f"{_scope_has(limit)} reached the limit of {_count_videos(limit)} {_with_article(limit.span)}. "
            f"Try again {_when_again(retry_at, now)}."
        )
    who = f"@{limit.set_by} set this limit; a moderator can change it with /did settings." if limit.set_by else contact
    return Refused(f"{why} {who} You weren't charged.")


def _parse_limit(word: str, scope: LimitScope) -> Limit | None:
    name, sign, number = word.partition("=")
    if name not in SPAN_SECONDS or not sign or not (number.isdecimal() or number in OFF_WORDS) or len(number) > 9:
        raise Refused(
            f"“{word}” is no limit. Write {', '.join(f'{each}=…' for each in SPAN_SECONDS)} with a whole number, "
            "or off."
        )
    max_jobs = int(number) if number.isdecimal() else 0
    return Limit(scope, max_jobs, name) if max_jobs else None


def _scope_noun(limit: Limit) -> str:
    return "one person" if limit.scope == "person" else "one channel"


def _scope_has(limit: Limit) -> str:
    return "You have" if limit.scope == "person" else "This channel has"


def _count_videos(limit: Limit) -> str:
    return f"{limit.max_jobs} video{'' if limit.max_jobs == 1 else 's'}"


def _with_article(word: str) -> str:
    return f"{'an' if word == 'hour' else 'a'} {word}"


def _when_again(retry_at: float, now: float) -> str:
    minutes = max(1, ceil((retry_at - now) / 60))
    time_of_day = datetime.fromtimestamp(retry_at, UTC)
    if minutes < 2:
        return "in a minute"
    span = f"{minutes} minutes" if minutes < 100 else f"{round(minutes / 60)} hours"
    return f"in about {span} (at {time_of_day:%H:%M} UTC)"
