"""Tokens for addresses that strangers call: signed, for one purpose and one thing, until a moment, compared blindly."""

import base64
import hashlib
import hmac


class Seal:
    """Makes and opens tokens with one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def close(self, purpose: str, thing: str, until: float) -> str:
        """A token that names a thing until that moment."""
        body = f"{int(until)}.{thing}"
        return f"{_text(body.encode())}.{self._mark(purpose, body)}"

    def open(self, purpose: str, token: str, now: float) -> str | None:
        """The thing a token names; None when it is not ours, for another purpose, or too old."""
        packed, _, mark = token.partition(".")
        try:
            body = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
        except ValueError:
            return None
        if not hmac.compare_digest(self._mark(purpose, body).encode(), mark.encode()):
            return None
        until, _, thing = body.partition(".")
        return thing if until.isdecimal() and now <= int(until) else None

    def _mark(self, purpose: str, body: str) -> str:
        return _text(hmac.digest(self._secret, f"{purpose}\n{body}".encode(), hashlib.sha256)[:18])


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
