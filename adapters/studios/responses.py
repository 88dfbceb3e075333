"""What is read of a studio's answers: the fields we use; whatever else comes, private things too, is dropped here."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Self

import httpx
from pydantic import BaseModel, BeforeValidator, ConfigDict

from adapters.studios.clock_skew import parse_http_date
from adapters.studios.rate_limit import RateLimiter


def as_text(value: object) -> str:
    """A text, or nothing."""
    return value if isinstance(value, str) else ""


def as_number(value: object) -> float | None:
    """A number, however it is written."""
    try:
        return float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except ValueError:
        return None


def as_timestamp(value: object) -> float | None:
    """Seconds since 1970; some times name no zone and mean UTC."""
    if not isinstance(value, str):
        return as_number(value)
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def as_dict(value: object) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_dicts(value: object) -> list[Any]:
    """The objects of a list."""
    return [row for row in value if isinstance(row, dict | BaseModel)] if isinstance(value, list) else []


def as_texts(value: object) -> list[str]:
    """The texts of a list."""
    return [row for row in value if isinstance(row, str)] if isinstance(value, list) else []


def as_object_or_none(value: object) -> object:
    """An object, or None."""
    return value if isinstance(value, dict | BaseModel) else None


# Vendors' schemas lag behind their answers, so a field of an unexpected type counts as absent and breaks nothing.
LenientText = Annotated[str, BeforeValidator(as_text)]
LenientNumber = Annotated[float | None, BeforeValidator(as_number)]
LenientTimestamp = Annotated[float | None, BeforeValidator(as_timestamp)]


class LenientModel(BaseModel):
    """Something a studio told us."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def from_data(cls, data: object) -> Self:
        """Whatever came, read as far as it can be."""
        return cls.model_validate(as_dict(data))


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
