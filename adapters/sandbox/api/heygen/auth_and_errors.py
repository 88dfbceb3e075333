"""HeyGen's keys, and its three ways of saying no: each generation of paths has its own."""

import hmac
from collections.abc import Sequence
from typing import Any

from adapters.sandbox.api_error import Refusal
from adapters.sandbox.context import Call
from adapters.sandbox.fault_injection import Fault


def said(call: Call, status: int, code: str | int, message: str, number: int | None = None) -> Refusal:
    """A refusal in the shape of the generation that was called."""
    body: dict[str, Any] = {"error": {"code": str(code), "message": message}}
    match call.request.url.path[:3]:
        case "/v1":
            body = {"code": number or 40001, "message": message, "data": None}
        case "/v2":
            body |= {"data": None}
    return Refusal(status, body)


def bad(call: Call, message: str, number: int | None = None) -> Refusal:
    """Something in the request is wrong."""
    return said(call, 400, "invalid_parameter", message, number)


def unknown(call: Call, message: str = "not found") -> Refusal:
    """No such thing."""
    return said(call, 404, "not_found", message, 40404)


def strike(call: Call, faults: Sequence[Fault], features: set[str]) -> None:
    """Refuse a POST as its faults ask."""
    for fault in faults:
        match fault.name:
            case "402":
                raise said(call, 402, "insufficient_credit", "insufficient credit", 400118)
            case "451":
                raise said(call, 400, "400168", "the content is inappropriate", 400168)
            case "403" if fault.value in features:
                raise said(call, 403, "forbidden", f"your plan does not include {fault.value}", 400599)


class HeygenManners:
    """What every call to HeyGen has in common."""

    def admit(self, call: Call) -> None:
        """The key in a header of its own; a Bearer token where the owner set one."""
        headers, terms = call.request.headers, call.house.terms
        given = headers.get("x-api-key", "")
        bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
        if _same(given, terms.key) or (terms.bearer is not None and _same(bearer, terms.bearer)):
            return
        raise said(call, 401, "unauthorized", "Unauthorized", 40009)

    def wrong_verb(self) -> Refusal:
        """Neither this path nor that method."""
        return Refusal(405, {"error": {"code": "method_not_allowed", "message": "Method Not Allowed"}})

    def broken(self) -> Refusal:
        """Something failed inside."""
        return Refusal(500, {"error": {"code": "internal_error", "message": "internal error"}})

    def busy(self, seconds: str) -> Refusal:
        """Too many calls."""
        body = {"error": {"code": "rate_limit_exceeded", "message": "Too many requests"}}
        return Refusal(429, body, {"Retry-After": seconds})

    def nonsense(self, sentence: str) -> Refusal:
        """A call that cannot be understood."""
        return Refusal(400, {"error": {"code": "invalid_parameter", "message": sentence}})


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.strip().encode(), known.encode())
