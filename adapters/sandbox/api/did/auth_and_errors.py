"""D-ID's keys and D-ID's way of saying no."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Any

from adapters.sandbox.api_error import ApiError
from adapters.sandbox.context import ApiCall
from adapters.sandbox.fault_injection import InjectedFault


def did_error(status: int, kind: str, description: str, details: dict[str, Any] | None = None) -> ApiError:
    """A refusal in D-ID's shape."""
    body: dict[str, Any] = {"kind": kind, "description": description}
    return ApiError(status, body | ({"details": details} if details else {}))


def bad_request(description: str, kind: str = "BadRequestError", details: dict[str, Any] | None = None) -> ApiError:
    """Something in the request is wrong."""
    return did_error(400, kind, description, details)


def not_found() -> ApiError:
    """No such thing."""
    return did_error(404, "NotFoundError", "not found")


def unsupported_type(received: str, supported: Sequence[str]) -> ApiError:
    """An upload of a kind that is not taken."""
    details = {"received": received, "supported": list(supported)}
    return did_error(415, "UnsupportedMimeTypeError", f"unsupported mime type {received}", details)


def insufficient_credits() -> ApiError:
    return did_error(402, "InsufficientCreditsError", "not enough credits")


_MODERATION_ERRORS = {
    "image": ("ImageModerationError", "the image did not pass moderation"),
    "celebrity": ("CelebrityRecognizedError", "the image shows a known person"),
    "text": ("TextModerationError", "the text did not pass moderation"),
    "audio": ("AudioModerationError", "the audio did not pass moderation"),
}


def moderation_error(what: str) -> ApiError:
    """Automatic moderation says no."""
    kind, description = _MODERATION_ERRORS.get(what, _MODERATION_ERRORS["text"])
    return did_error(451, kind, description)


def permission_error(feature: str) -> ApiError:
    """The plan lacks a feature."""
    return did_error(403, "PermissionError", f"user has no permission for {feature}")


def apply_create_faults(faults: Sequence[InjectedFault], features: set[str]) -> None:
    """Refuse a POST as its faults ask; a plan lacks a feature only for those who want it."""
    for fault in faults:
        match fault.name:
            case "402":
                raise insufficient_credits()
            case "451":
                raise moderation_error(fault.value)
            case "403" if fault.value in features:
                raise permission_error(fault.value)


class DidConventions:
    """What every call to D-ID has in common."""

    def check_key(self, call: ApiCall) -> None:
        """Basic with the key encoded (as HTTP has it) or pasted raw (as D-ID's pages show it), or a Bearer token."""
        scheme, _, given = call.request.headers.get("authorization", "").strip().partition(" ")
        terms = call.context.options
        good = {"basic": lambda: _same_key(given, terms.key) or _same_key(_decode_basic(given), terms.key)}
        good["bearer"] = lambda: terms.bearer is not None and _same_key(given, terms.bearer)
        if not good.get(scheme.lower(), lambda: False)():
            raise did_error(401, "AuthorizationError", "user unauthenticated")

    def method_not_allowed(self) -> ApiError:
        """D-ID answers a wrong path as it does a wrong verb."""
        return did_error(405, "MethodNotAllowedError", "method not allowed")

    def internal_error(self) -> ApiError:
        """Something failed inside."""
        return did_error(500, "InternalServerError", "internal server error")

    def too_many_requests(self, seconds: str) -> ApiError:
        """No body is documented for 429; this one has the common shape."""
        refusal = did_error(429, "TooManyRequestsError", "too many requests")
        refusal.headers["Retry-After"] = seconds
        return refusal

    def bad_request(self, sentence: str) -> ApiError:
        """A call that cannot be understood."""
        return bad_request(sentence)


def _same_key(given: str, known: str) -> bool:
    return hmac.compare_digest(given.strip().encode(), known.encode())


def _decode_basic(given: str) -> str:
    try:
        return base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
