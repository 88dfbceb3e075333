"""D-ID's keys and D-ID's way of saying no."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Any

from adapters.sandbox.api_error import Refusal
from adapters.sandbox.context import Call
from adapters.sandbox.fault_injection import Fault


def said(status: int, kind: str, description: str, details: dict[str, Any] | None = None) -> Refusal:
    """A refusal in D-ID's shape."""
    body: dict[str, Any] = {"kind": kind, "description": description}
    return Refusal(status, body | ({"details": details} if details else {}))


def bad(description: str, kind: str = "BadRequestError", details: dict[str, Any] | None = None) -> Refusal:
    """Something in the request is wrong."""
    return said(400, kind, description, details)


def unknown() -> Refusal:
    """No such thing."""
    return said(404, "NotFoundError", "not found")


def wrong_type(received: str, supported: Sequence[str]) -> Refusal:
    """An upload of a kind that is not taken."""
    details = {"received": received, "supported": list(supported)}
    return said(415, "UnsupportedMimeTypeError", f"unsupported mime type {received}", details)


def no_credit() -> Refusal:
    """The purse is empty."""
    return said(402, "InsufficientCreditsError", "not enough credits")


_MODERATED = {
    "image": ("ImageModerationError", "the image did not pass moderation"),
    "celebrity": ("CelebrityRecognizedError", "the image shows a known person"),
    "text": ("TextModerationError", "the text did not pass moderation"),
    "audio": ("AudioModerationError", "the audio did not pass moderation"),
}


def moderated(what: str) -> Refusal:
    """Automatic moderation says no."""
    kind, description = _MODERATED.get(what, _MODERATED["text"])
    return said(451, kind, description)


def no_permission(feature: str) -> Refusal:
    """The plan lacks a feature."""
    return said(403, "PermissionError", f"user has no permission for {feature}")


def strike(faults: Sequence[Fault], features: set[str]) -> None:
    """Refuse a POST as its faults ask; a plan lacks a feature only for those who want it."""
    for fault in faults:
        match fault.name:
            case "402":
                raise no_credit()
            case "451":
                raise moderated(fault.value)
            case "403" if fault.value in features:
                raise no_permission(fault.value)


class DidManners:
    """What every call to D-ID has in common."""

    def admit(self, call: Call) -> None:
        """Basic with the key encoded (as HTTP has it) or pasted raw (as D-ID's pages show it), or a Bearer token."""
        scheme, _, given = call.request.headers.get("authorization", "").strip().partition(" ")
        terms = call.house.terms
        good = {"basic": lambda: _same(given, terms.key) or _same(_decoded(given), terms.key)}
        good["bearer"] = lambda: terms.bearer is not None and _same(given, terms.bearer)
        if not good.get(scheme.lower(), lambda: False)():
            raise said(401, "AuthorizationError", "user unauthenticated")

    def wrong_verb(self) -> Refusal:
        """D-ID answers a wrong path as it does a wrong verb."""
        return said(405, "MethodNotAllowedError", "method not allowed")

    def broken(self) -> Refusal:
        """Something failed inside."""
        return said(500, "InternalServerError", "internal server error")

    def busy(self, seconds: str) -> Refusal:
        """No body is documented for 429; this one has the common shape."""
        refusal = said(429, "TooManyRequestsError", "too many requests")
        refusal.headers["Retry-After"] = seconds
        return refusal

    def nonsense(self, sentence: str) -> Refusal:
        """A call that cannot be understood."""
        return bad(sentence)


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.strip().encode(), known.encode())


def _decoded(given: str) -> str:
    try:
        return base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
