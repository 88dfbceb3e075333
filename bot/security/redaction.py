"""Removes our own secrets from all that people or logs are shown, also where others quote them."""

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

MIN_REDACTED_CHARACTERS = 8  # shorter ones occur in ordinary words

_patterns: dict[str, re.Pattern[str]] = {}


def register_secrets(*secrets: str) -> None:
    """Redact these from now on, in every encoding."""
    for secret in secrets:
        if len(secret) >= MIN_REDACTED_CHARACTERS and secret not in _patterns:
            spellings = sorted(set(_spellings(secret)), key=len, reverse=True)
            _patterns[secret] = re.compile("|".join(re.escape(each) for each in spellings))


def redact_known(text: str) -> str:
    for pattern in _patterns.values():
        text = pattern.sub("…", text)
    return text


def _spellings(secret: str) -> Iterator[str]:
    """A secret as it may appear: plain, URL-encoded, in JSON and in Base64, alone or within longer text."""
    yield from (
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
    )
    for before in range(3):
        packed = base64.b64encode(bytes(before) + secret.encode()).decode().rstrip("=")
        inner = packed[-(-before * 4 // 3) : len(packed) - (1 if (before + len(secret.encode())) % 3 else 0)]
        yield from (inner, inner.replace("+", "-").replace("/", "_"))
