"""Lenient models of a studio's responses: they keep the fields we use and drop the rest, private data included."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except ValueError:
        return None


def as_timestamp(value: object) -> float | None:
    """Seconds since 1970; a time without a zone is UTC."""
    if not isinstance(value, str):
        return as_number(value)
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def parse_http_date(header: str) -> float | None:
    try:
        return parsedate_to_datetime(header).timestamp()
    except ValueError:
        return None


def as_dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_dicts(value: object) -> list[Any]:
    return [row for row in value if isinstance(row, dict | BaseModel)] if isinstance(value, list) else []


def as_texts(value: object) -> list[str]:
    return [row for row in value if isinstance(row, str)] if isinstance(value, list) else []


def as_object_or_none(value: object) -> object:
    return value if isinstance(value, dict | BaseModel) else None


# Vendors' schemas lag behind their answers, so a field of an unexpected type counts as absent and breaks nothing.
LenientText = Annotated[str, BeforeValidator(as_text)]
LenientNumber = Annotated[float | None, BeforeValidator(as_number)]
LenientTimestamp = Annotated[float | None, BeforeValidator(as_timestamp)]


class LenientModel(BaseModel):
    """Something a studio sent, read as far as possible."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def from_data(cls, data: object) -> Self:
        return cls.model_validate(as_dict(data))
