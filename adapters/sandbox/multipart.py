"""Form uploads taken apart. Bodies are bounded before they get here, so they are small enough to hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FormPart:
    """One field of a form."""

    name: str
    filename: str | None
    content_type: str
    data: bytes

    @property
    def text(self) -> str:
        """The field as text."""
        return self.data.decode("utf-8", "replace")


class NotAForm(Exception):
    """The body is no multipart form."""


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
