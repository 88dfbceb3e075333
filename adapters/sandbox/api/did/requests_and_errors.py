"""D-ID's keys and errors, and JSON bodies read and refused in its words."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse

from adapters.contracts import BodySchema, Problem
from adapters.sandbox.api.common import same_key
from adapters.sandbox.context import ApiCall
from adapters.sandbox.fault_injection import InjectedFault
from adapters.sandbox.request_bodies import NotAnObject, read_json
from adapters.sandbox.request_pipeline import ApiConventions, ApiError
from adapters.sandbox.store.file_store import TooManyBytes

_MAX_JSON_BYTES = 1024 * 1024


def did_error(status: int, kind: str, description: str, details: dict[str, Any] | None = None) -> ApiError:
    body: dict[str, Any] = {"kind": kind, "description": description}
    return ApiError(JSONResponse(body | ({"details": details} if details else {}), status))


def bad_request(description: str, kind: str = "BadRequestError", details: dict[str, Any] | None = None) -> ApiError:
    return did_error(400, kind, description, details)


def not_found() -> ApiError:
    return did_error(404, "NotFoundError", "not found")


def unsupported_type(received: str, supported: Sequence[str]) -> ApiError:
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


def apply_create_faults(faults: Sequence[InjectedFault], features: set[str]) -> None:
    """Refuse a POST as its faults ask; a plan lacks a feature only for those who want it."""
    for fault in faults:
        match fault.name:
            case "402":
                raise insufficient_credits()
            case "451":
                raise did_error(451, *_MODERATION_ERRORS.get(fault.value, _MODERATION_ERRORS["text"]))
            case "403" if fault.value in features:
                raise did_error(403, "PermissionError", f"user has no permission for {fault.value}")


def _check_key(call: ApiCall) -> None:
    """Basic with the key encoded (as HTTP has it) or pasted raw (as D-ID's pages show it), or a Bearer token."""
    scheme, _, given = call.request.headers.get("authorization", "").strip().partition(" ")
    options = call.context.options
    match scheme.lower():
        case "basic":
            valid = same_key(given, options.key) or same_key(_decode_basic(given), options.key)
        case "bearer":
            valid = options.bearer is not None and same_key(given, options.bearer)
        case _:
            valid = False
    if not valid:
        raise did_error(401, "AuthorizationError", "user unauthenticated")


def _decode_basic(given: str) -> str:
    try:
        return base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


_CONVENTIONAL_ERRORS = {
    400: ("BadRequestError", ""),
    405: ("MethodNotAllowedError", "method not allowed"),  # a wrong path is answered like a wrong method
    429: ("TooManyRequestsError", "too many requests"),  # no body is documented; this one has the common shape
    500: ("InternalServerError", "internal server error"),
}


def _conventional_error(status: int, message: str) -> ApiError:
    kind, description = _CONVENTIONAL_ERRORS[status]
    return did_error(status, kind, message or description)


DID_CONVENTIONS = ApiConventions(_check_key, _conventional_error)


async def read_json_object(call: ApiCall) -> dict[str, Any]:
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise bad_request("the body must be application/json")
    try:
        return await read_json(call.request, _MAX_JSON_BYTES)
    except TooManyBytes:
        raise ApiError(JSONResponse({"message": "Request Too Long"}, 413)) from None
    except NotAnObject as error:
        raise bad_request(str(error)) from None


def validate_body(schema: BodySchema, body: dict[str, Any]) -> dict[str, Any]:
    """The body with its defaults, or the refusal that names the field."""
    completed, problems = schema.complete(body)
    if problems:
        details = {each.path or "body": _error_sentence(each) for each in problems[:10]}
        raise bad_request(_error_sentence(problems[0]), details=details)
    return dict(completed)


def _error_sentence(problem: Problem) -> str:
    if problem.unknown_field:
        return f"property {problem.path} should not exist"
    return f"{problem.path or 'body'}: {problem.reason}"
