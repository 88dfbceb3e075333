"""HeyGen's keys and errors, of which each generation of paths has its own; bodies read, and files found."""

from collections.abc import Mapping, Sequence, Set
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse

from adapters.contracts import BodySchema
from adapters.sandbox.api.common import parse_whole_number, same_key
from adapters.sandbox.context import ApiCall
from adapters.sandbox.fault_injection import InjectedFault
from adapters.sandbox.request_bodies import NotAnObject, read_json
from adapters.sandbox.request_pipeline import ApiConventions, ApiError
from adapters.sandbox.store.file_store import TooManyBytes
from adapters.sandbox.store.jobs import NEVER_DUE

MAX_JSON_BYTES = 2 * 1024 * 1024
ASSETS_PATH = "/sandbox/heygen/assets/"


def heygen_error(call: ApiCall, status: int, code: str | int, message: str, number: int | None = None) -> ApiError:
    """A refusal in the shape of the generation that was called."""
    body: dict[str, Any] = {"error": {"code": str(code), "message": message}}
    match call.request.url.path[:3]:
        case "/v1":
            body = {"code": number or 40001, "message": message, "data": None}
        case "/v2":
            body |= {"data": None}
    return ApiError(JSONResponse(body, status))


def bad_request(call: ApiCall, message: str, number: int | None = None) -> ApiError:
    return heygen_error(call, 400, "invalid_parameter", message, number)


def not_found(call: ApiCall, message: str = "not found") -> ApiError:
    return heygen_error(call, 404, "not_found", message, 40404)


def apply_create_faults(call: ApiCall, faults: Sequence[InjectedFault], features: Set[str]) -> None:
    for fault in faults:
        match fault.name:
            case "402":
                raise heygen_error(call, 402, "insufficient_credit", "insufficient credit", 400118)
            case "451":
                raise heygen_error(call, 400, "400168", "the content is inappropriate", 400168)
            case "403" if fault.value in features:
                raise heygen_error(call, 403, "forbidden", f"your plan does not include {fault.value}", 400599)


def _check_key(call: ApiCall) -> None:
    """The key in a header of its own; a Bearer token where the owner set one."""
    headers, options = call.request.headers, call.context.options
    bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
    valid = same_key(headers.get("x-api-key", ""), options.key)
    if not valid and (options.bearer is None or not same_key(bearer, options.bearer)):
        raise heygen_error(call, 401, "unauthorized", "Unauthorized", 40009)


_CONVENTIONAL_ERRORS = {
    400: ("invalid_parameter", ""),
    405: ("method_not_allowed", "Method Not Allowed"),
    429: ("rate_limit_exceeded", "Too many requests"),
    500: ("internal_error", "internal error"),
}


def _conventional_error(status: int, message: str) -> ApiError:
    code, words = _CONVENTIONAL_ERRORS[status]
    return ApiError(JSONResponse({"error": {"code": code, "message": message or words}}, status))


HEYGEN_CONVENTIONS = ApiConventions(_check_key, _conventional_error)


async def read_json_object(call: ApiCall) -> dict[str, Any]:
    try:
        return await read_json(call.request, MAX_JSON_BYTES)
    except TooManyBytes:
        raise heygen_error(call, 413, "too_large", "the body is too large") from None
    except NotAnObject as error:
        raise bad_request(call, str(error)) from None


def read_paging(call: ApiCall, max_limit: int) -> tuple[int, int | None]:
    """How many of a list, and from which place on; more than the list allows is refused."""
    query = call.request.query_params
    limit = parse_whole_number(query.get("limit") or "20", 1, max_limit)
    if limit is None:
        raise bad_request(call, f"limit must be a whole number from 1 to {max_limit}")
    place = parse_whole_number(query.get("token") or "0", 0, NEVER_DUE)
    if place is None:
        raise bad_request(call, "token is invalid")
    return limit, place or None


def validate_body(call: ApiCall, schema: BodySchema, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with its defaults, or the refusal that names the field."""
    completed, problems = schema.complete(body)
    if problems:
        where = problems[0].path or "body"
        number = 40039 if "input_text" in where else 40065 if "video_inputs" in where else 40001
        raise bad_request(call, f"{where} is invalid: it {problems[0].reason}", number)
    return dict(completed)


async def find_asset(call: ApiCall, ident: str) -> Path:
    path = await call.context.files.find_by_id(ident)
    if path is None:
        raise bad_request(call, f"asset {ident} not found")
    return path


async def find_linked_file(call: ApiCall, url: str) -> Path | None:
    """A file by its address: ours are found; nothing is fetched from outside, and what is private is refused."""
    if path := await call.context.files.find_by_address(url):
        return path
    parts = urlsplit(url)
    if parts.path.startswith(ASSETS_PATH):
        return await find_asset(call, parts.path.removeprefix(ASSETS_PATH).partition("/")[0])
    if parts.scheme == "s3" or _is_private_host(parts.hostname or ""):
        raise heygen_error(call, 400, "download_failed", "a file could not be downloaded", 400143)
    return None


def _is_private_host(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".local", ".internal", ".localhost"))
