"""Bodies of requests read with a bound, as JSON or as a form. Both are small enough to hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json
from starlette.requests import Request

from adapters.sandbox.store.file_store import TooManyBytes

_FORM_OVERHEAD_BYTES = 64 * 1024  # for the form's own lines


def content_length(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The whole body, refused by its announced length before a byte is read, and by count while reading."""
    if content_length(request) > max_bytes:
        raise TooManyBytes
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise TooManyBytes
    return bytes(body)


class NotAnObject(Exception):
    """The body is no JSON object; the message says why."""


async def read_json(request: Request, max_bytes: int) -> dict[str, Any]:
    """The body as an object, whatever is in it."""
    try:
        # Stricter than the standard library: no NaN and no half characters, which no answer could carry back.
        body = from_json(await read_body(request, max_bytes), allow_inf_nan=False)
    except ValueError:
        raise NotAnObject("the body is no valid JSON") from None
    if not isinstance(body, dict):
        raise NotAnObject("the body must be a JSON object")
    return body


@dataclass(frozen=True)
class FormPart:
    name: str
    filename: str | None
    content_type: str
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


class NotAForm(Exception):
    """The body is no multipart form."""


async def read_form(request: Request, max_bytes: int) -> Mapping[str, FormPart]:
    """The fields of a form whose files are together no larger than allowed."""
    body = await read_body(request, max_bytes + _FORM_OVERHEAD_BYTES)
    return parse_form(request.headers.get("content-type", ""), body)


def parse_form(content_type: str, body: bytes) -> Mapping[str, FormPart]:
    """The fields of a form by name."""
    match = re.match(r"multipart/form-data\s*;.*boundary=(?:\"([^\"]+)\"|([^;\s]+))", content_type, re.IGNORECASE)
    if match is None:
        raise NotAForm
    fence = b"\r\n--" + (match[1] or match[2]).encode("latin-1")
    pieces = (b"\r\n" + body).split(fence)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise NotAForm
    form_parts = (_parse_part(piece) for piece in pieces[1:-1])
    return {part.name: part for part in form_parts if part.name}


def _parse_part(piece: bytes) -> FormPart:
    head, _, data = piece.partition(b"\r\n\r\n")
    headers = dict(_parse_header(line) for line in head.decode("utf-8", "replace").split("\r\n") if ":" in line)
    disposition = headers.get("content-disposition", "")
    content_type = headers.get("content-type", "text/plain").partition(";")[0].strip().lower()
    return FormPart(
        _disposition_value(disposition, "name") or "", _disposition_value(disposition, "filename"), content_type, data
    )


def _parse_header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _disposition_value(disposition: str, name: str) -> str | None:
    match = re.search(rf';\s*{name}=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))', disposition)
    return None if match is None else re.sub(r"\\(.)", r"\1", match[1] if match[1] is not None else match[2])
