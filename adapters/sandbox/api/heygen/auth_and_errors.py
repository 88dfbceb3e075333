"""HeyGen's keys, and its three ways of saying no: each generation of paths has its own."""

import hmac
from collections.abc import Sequence
from typing import Any

from adapters.sandbox.api_error import ApiError
from adapters.sandbox.context import ApiCall
from adapters.sandbox.fault_injection import InjectedFault


def heygen_error(call: ApiCall, status: int, code: str | int, message: str, number: int | None = None) -> ApiError:
    """A refusal in the shape of the generation that was called."""
    body: dict[str, Any] = {"error": {"code": str(code), "message": message}}
    match call.request.url.path[:3]:
        case "/v1":
            body = {"code": number or 40001, "message": message, "data": None}
        case "/v2":
            body |= {"data": None}
    return ApiError(status, body)


def bad_request(call: ApiCall, message: str, number: int | None = None) -> ApiError:
    """Something in the request is wrong."""
    return heygen_error(call, 400, "invalid_parameter", message, number)


def not_found(call: ApiCall, message: str = "not found") -> ApiError:
    """No such thing."""
    return heygen_error(call, 404, "not_found", message, 40404)


def apply_create_faults(call: ApiCall, faults: Sequence[InjectedFault], features: set[str]) -> None:
    """Refuse a POST as its faults ask."""
    for fault in faults:
        match fault.name:
            case "402":
                raise heygen_error(call, 402, "insufficient_credit", "insufficient credit", 400118)
            case "451":
                raise heygen_error(call, 400, "400168", "the content is inappropriate", 400168)
            case "403" if fault.value in features:
                raise heygen_error(call, 403, "forbidden", f"your plan does not include {fault.value}", 400599)


class HeygenConventions:
    """What every call to HeyGen has in common."""

    def check_key(self, call: ApiCall) -> None:
        """The key in a header of its own; a Bearer token where the owner set one."""
        headers, terms = call.request.headers, call.context.options
        given = headers.get("x-api-key", "")
        bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
        if _same_key(given, terms.key) or (terms.bearer is not None and _same_key(bearer, terms.bearer)):
            return
        raise heygen_error(call, 401, "unauthorized", "Unauthorized", 40009)

    def method_not_allowed(self) -> ApiError:
        """Neither this path nor that method."""
        return ApiError(405, {"error": {"code": "method_not_allowed", "message": "Method Not Allowed"}})

    def internal_error(self) -> ApiError:
        """Something failed inside."""
        return ApiError(500, {"error": {"code": "internal_error", "message": "internal error"}})

    def too_many_requests(self, seconds: str) -> ApiError:
        """Too many calls."""
        body = {"error": {"code": "rate_limit_exceeded", "message": "Too many requests"}}
        return ApiError(429, body, {"Retry-After": seconds})

    def bad_request(self, sentence: str) -> ApiError:
        """A call that cannot be understood."""
        return ApiError(400, {"error": {"code": "invalid_parameter", "message": sentence}})


def _same_key(given: str, known: str) -> bool:
    return hmac.compare_digest(given.strip().encode(), known.encode())
