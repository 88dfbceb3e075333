"""A JSON body read, checked and refused in D-ID's words."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from adapters.sandbox.api.did.auth_and_errors import bad_request
from adapters.sandbox.api_error import ApiError
from adapters.sandbox.broken_responses import read_body
from adapters.sandbox.context import ApiCall
from adapters.sandbox.store.file_store import TooManyBytes

_MAX_JSON_BYTES = 1024 * 1024
_UNION_TAGS = {"text", "audio", "microsoft", "azure-openai", "elevenlabs", "amazon", "google"}

Body = TypeVar("Body", bound=BaseModel)


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


def validate_body(model: type[Body], body: dict[str, Any]) -> Body:
    """The body as its model, or the refusal that names the field."""
    try:
        return model.model_validate(body)
    except ValidationError as fault:
        errors = fault.errors(include_url=False, include_context=False, include_input=False)
        raise bad_request(_error_sentence(errors[0]), details=_error_details(errors)) from None


def _field_path(loc: Sequence[int | str]) -> str:
    # A union's tags and type names stand in pydantic's path though no caller ever wrote them.
    last = len(loc) - 1
    names = (str(p) for n, p in enumerate(loc) if n == last or not (p in _UNION_TAGS or str(p)[:1].isupper()))
    return ".".join(names) or "body"


def _error_sentence(error: ErrorDetails) -> str:
    field = _field_path(error["loc"])
    if error["type"] == "extra_forbidden":
        return f"property {field} should not exist"
    return f"{field}: {error['msg'].removeprefix('Value error, ')}"


def _error_details(errors: Sequence[ErrorDetails]) -> dict[str, Any]:
    return {_field_path(error["loc"]): _error_sentence(error) for error in errors[:10]}
