"""The body of a change: read up to a limit, and every field checked for its type."""

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from bot.errors import Refused

MAX_REQUEST_BYTES = 1_000_000
MAX_IDEMPOTENCY_KEY_CHARS = 80


@dataclass(frozen=True)
class RequestBody:
    """What a page sent."""

    fields: dict[str, Any]

    def text(self, name: str, max_chars: int = 200) -> str:
        """Words, or none."""
        value = self.fields.get(name, "")
        if not isinstance(value, str) or len(value) > max_chars:
            raise Refused(f"“{name}” must be words, at most {max_chars:,} characters of them.")
        return value

    def string_list(self, name: str) -> list[str]:
        """Several words."""
        value = self.fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Refused(f"“{name}” must be a list of words.")
        return value

    def flag(self, name: str) -> bool:
        """Yes or no."""
        return self.fields.get(name) is True

    def json_object(self, name: str) -> dict[str, Any]:
        """Fields of their own."""
        value = self.fields.get(name, {})
        if not isinstance(value, dict):
            raise Refused(f"“{name}” must have fields.")
        return value

    @property
    def idempotency_key(self) -> str:
        """What makes a repeated click the same click."""
        key = self.text("idempotency_key", MAX_IDEMPOTENCY_KEY_CHARS)
        if len(key) < 8:
            raise Refused("A change needs an idempotency key of its own.")
        return key


async def read_body(request: Request) -> RequestBody:
    """The body as fields."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_REQUEST_BYTES:
            raise Refused("That is too much at once; the console takes up to 1 MB of words.")
    try:
        fields = json.loads(raw or b"{}")
        json.dumps(fields, ensure_ascii=False).encode()  # halves of letters cannot be kept
    except (ValueError, RecursionError):  # no JSON, or nested without end
        fields = None
    if not isinstance(fields, dict):
        raise Refused("The console understands JSON objects only.")
    return RequestBody(fields)
