"""Bodies read, checked and refused in HeyGen's words; files found by id or address."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic_core import from_json

from adapters.contracts import BodySchema
from adapters.sandbox.api.heygen.auth_and_errors import bad_request, heygen_error
from adapters.sandbox.broken_responses import read_body
from adapters.sandbox.context import ApiCall
from adapters.sandbox.store.file_store import TooManyBytes

MAX_JSON_BYTES = 2 * 1024 * 1024
ASSETS_PATH = "/sandbox/heygen/assets/"


async def read_json_object(call: ApiCall) -> dict[str, Any]:
    """The body as an object, whatever is in it."""
    try:
        body = from_json(await read_body(call.request, MAX_JSON_BYTES), allow_inf_nan=False)
    except TooManyBytes:
        raise heygen_error(call, 413, "too_large", "the body is too large") from None
    except ValueError:
        raise bad_request(call, "the body is no valid JSON") from None
    if not isinstance(body, dict):
        raise bad_request(call, "the body must be a JSON object")
    return body


def validate_body(call: ApiCall, schema: BodySchema, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with its defaults, or the refusal that names the field."""
    completed, problems = schema.complete(body)
    if problems:
        where = problems[0].path or "body"
        number = 40039 if "input_text" in where else 40065 if "video_inputs" in where else 40001
        raise bad_request(call, f"{where} is invalid: it {problems[0].reason}", number)
    return dict(completed)


async def find_asset(call: ApiCall, ident: str) -> Path:
    """An upload by its id."""
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
