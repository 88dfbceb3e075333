"""A JSON body read, checked and refused in D-ID's words."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from adapters.sandbox.api.did.auth_and_errors import bad
from adapters.sandbox.api_error import Refusal
from adapters.sandbox.broken_responses import read
from adapters.sandbox.context import Call
from adapters.sandbox.store.file_store import TooLarge

_LIMIT = 1024 * 1024
_TAGS = {"text", "audio", "microsoft", "azure-openai", "elevenlabs", "amazon", "google"}

Body = TypeVar("Body", bound=BaseModel)


async def json_object(call: Call) -> dict[str, Any]:
    """The body as an object, whatever is in it."""
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise bad("the body must be application/json")
    try:
        # Stricter than the standard library: no NaN and no half characters, which no answer could carry back.
        body = from_json(await read(call.request, _LIMIT), allow_inf_nan=False)
    except TooLarge:
        raise Refusal(413, {"message": "Request Too Long"}) from None
    except ValueError:
        raise bad("the body is no valid JSON") from None
    if not isinstance(body, dict):
        raise bad("the body must be a JSON object")
    return body


def checked(shape: type[Body], body: dict[str, Any]) -> Body:
    """The body as its model, or the refusal that names the field."""
    try:
        return shape.model_validate(body)
    except ValidationError as fault:
        found = fault.errors(include_url=False, include_context=False, include_input=False)
        raise bad(_sentence(found[0]), details=_details(found)) from None


def _where(loc: Sequence[int | str]) -> str:
    # A union's tags and type names stand in pydantic's path though no caller ever wrote them.
    last = len(loc) - 1
    names = (str(p) for n, p in enumerate(loc) if n == last or not (p in _TAGS or str(p)[:1].isupper()))
    return ".".join(names) or "body"


def _sentence(error: ErrorDetails) -> str:
    field = _where(error["loc"])
    if error["type"] == "extra_forbidden":
        return f"property {field} should not exist"
    return f"{field}: {error['msg'].removeprefix('Value error, ')}"


def _details(errors: Sequence[ErrorDetails]) -> dict[str, Any]:
    return {_where(error["loc"]): _sentence(error) for error in errors[:10]}
