"""The JSON body of a change, with a size limit and typed fields."""

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from bot.errors import Refused

MAX_REQUEST_BYTES = 1_000_000
MAX_IDEMPOTENCY_KEY_CHARS = 80


@dataclass(frozen=True)
class RequestBody:
    fields: dict[str, Any]

    def text(self, name: str, max_chars: int = 200) -> str:
        value = self.fields.get(name, "")
        if not isinstance(value, str) or len(value) > max_chars:
            raise Refused(f"“{name}” must be text of at most {max_chars:,} characters.")
        return value

    def string_list(self, name: str) -> list[str]:
        value = self.fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Refused(f"“{name}” must be a list of texts.")
        return value

    def flag(self, name: str) -> bool:
        return self.fields.get(name) is True

    def json_object(self, name: str) -> dict[str, Any]:
        value = self.fields.get(name, {})
        if not isinstance(value, dict):
            raise Refused(f"“{name}” must be an object.")
        return value

    @property
    def idempotency_key(self) -> str:
        """The same for every retry of one click."""
        key = self.text("idempotency_key", MAX_IDEMPOTENCY_KEY_CHARS)
        if len(key) < 8:
            raise Refused("A change needs an idempotency key of its own.")
        return key


async def read_body(request: Request) -> RequestBody:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_REQUEST_BYTES:
            raise Refused("The request is too large. The limit is 1 MB.")
    try:
        fields = json.loads(raw or b"{}")
        json.dumps(fields, ensure_ascii=False).encode()  # lone surrogates cannot be stored
    except (ValueError, RecursionError):  # invalid, or nested too deeply
        fields = None
    if not isinstance(fields, dict):
        raise Refused("The request must be a JSON object.")
    return RequestBody(fields)
