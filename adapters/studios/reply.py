"""An answer of a studio, as far as all answer alike: its status, its JSON, and how long it wants to be left alone."""

from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from adapters.studios.clock_skew import parse_http_date
from adapters.studios.rate_limit import RateLimiter


@dataclass(frozen=True)
class StudioResponse:
    """An answer, read: `data` is None when it was no JSON."""

    status: int
    data: Any = field(default=None, repr=False)
    retry_after: float | None = None
    studio_time: float | None = None  # what time it is at the studio
    is_web_page: bool = False  # a web page, which no studio sends: something in between spoke

    @classmethod
    def from_http(cls, response: httpx.Response, data: Any, retry_after: float | None) -> Self:
        """The answer with what its head and its first sign tell."""
        studio_time, is_web_page = (
            parse_http_date(response.headers.get("date", "")),
            response.content[:64].lstrip()[:1] == b"<",
        )
        return cls(response.status_code, data, retry_after, studio_time, is_web_page)


def record_response(response: httpx.Response, rate_limit: RateLimiter, now: float) -> float | None:
    """Let the governor know how it went; the seconds to wait before the next call, when there are some."""
    retry_after = _parse_retry_after(response.headers.get("retry-after", ""), now)
    if response.status_code == 429:
        return rate_limit.record_rate_limit(retry_after)
    if response.status_code >= 500:
        rate_limit.record_failure()
    else:
        rate_limit.record_success()
    return retry_after


def _parse_retry_after(header: str, now: float) -> float | None:
    """Seconds to wait, told as a number or as a date."""
    if header.strip().isdecimal():
        return float(header)
    until = parse_http_date(header)
    return None if until is None else max(0.0, until - now)
