"""Signed tokens for public addresses: for one purpose and one thing, with an expiry, compared in constant time."""

import base64
import hashlib
import hmac


class TokenSigner:
    """Signs with the current secret, verifies with older ones too."""

    def __init__(self, secret: str, *older: str) -> None:
        self._secrets = [each.encode() for each in (secret, *older)]

    def sign(self, purpose: str, thing: str, until: float) -> str:
        body = f"{int(until)}.{thing}"
        return f"{_base64_text(body.encode())}.{_signature(self._secrets[0], purpose, body)}"

    def verify(self, purpose: str, token: str, now: float) -> str | None:
        """The thing a token names; None when the token is invalid, for another purpose or expired."""
        packed, _, mark = token.partition(".")
        try:
            body = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
        except ValueError:
            return None
        given = mark.encode("utf-8", "replace")
        ours = [hmac.compare_digest(_signature(each, purpose, body).encode(), given) for each in self._secrets]
        # One body has one spelling: the decoder would also accept characters that it ignores.
        if not any(ours) or _base64_text(body.encode()) != packed:
            return None
        until, _, thing = body.partition(".")
        return thing if until.isdecimal() and now <= int(until) else None


def _signature(secret: bytes, purpose: str, body: str) -> str:
    return _base64_text(hmac.digest(secret, f"{purpose}\n{body}".encode(), hashlib.sha256)[:18])


def _base64_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
