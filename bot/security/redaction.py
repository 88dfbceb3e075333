"""Our own secrets, cut out of whatever people or logs are shown; what others quote of them is cut out too."""

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

LEAST = 8  # letters; what is shorter is in every other word

_known: dict[str, re.Pattern[str]] = {}


def hide(*secrets: str) -> None:
    """Cut these out of everything from now on, however they are written."""
    for secret in secrets:
        if len(secret) >= LEAST and secret not in _known:
            spelt = sorted(set(_spelt(secret)), key=len, reverse=True)
            _known[secret] = re.compile("|".join(re.escape(each) for each in spelt))


def hidden(text: str) -> str:
    """The text without any secret of ours."""
    for known in _known.values():
        text = known.sub("…", text)
    return text


def _spelt(secret: str) -> Iterator[str]:
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
