"""Our own secrets, cut out of whatever people or logs are shown; what others quote of them is cut out too."""

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

MIN_REDACTED_CHARACTERS = 8  # letters; what is shorter is in every other word

_patterns: dict[str, re.Pattern[str]] = {}


def register_secrets(*secrets: str) -> None:
    """Cut these out of everything from now on, however they are written."""
    for secret in secrets:
        if len(secret) >= MIN_REDACTED_CHARACTERS and secret not in _patterns:
            spellings = sorted(set(_spellings(secret)), key=len, reverse=True)
            _patterns[secret] = re.compile("|".join(re.escape(each) for each in spellings))


def redact_known(text: str) -> str:
    """The text without any secret of ours."""
    for pattern in _patterns.values():
        text = pattern.sub("…", text)
    return text


def _spellings(secret: str) -> Iterator[str]:
    """A secret as it may turn up: as it is, in an address, in JSON, and packed, alone or within something longer."""
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
