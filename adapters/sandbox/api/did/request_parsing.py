"""A JSON body read, checked and refused in D-ID's words."""

from typing import Any

from pydantic_core import from_json

from adapters.contracts import BodySchema, Problem
from adapters.sandbox.api.did.auth_and_errors import bad_request
from adapters.sandbox.api_error import ApiError
from adapters.sandbox.broken_responses import read_body
from adapters.sandbox.context import ApiCall
from adapters.sandbox.store.file_store import TooManyBytes

_MAX_JSON_BYTES = 1024 * 1024


async def read_json_object(call: ApiCall) -> dict[str, Any]:
    """The body as an object, whatever is in it."""
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise bad_request("the body must be application/json")
    try:
        # Stricter than the standard library: no NaN and no half characters, which no answer could carry back.
        body = from_json(await read_body(call.request, _MAX_JSON_BYTES), allow_inf_nan=False)
    except TooManyBytes:
        raise ApiError(413, {"message": "Request Too Long"}) from None
    except ValueError:
        raise bad_request("the body is no valid JSON") from None
    if not isinstance(body, dict):
        raise bad_request("the body must be a JSON object")
    return body


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
