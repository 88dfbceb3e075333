"""The account's own logo: GET, POST and DELETE on /settings/logo."""

import json
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api.did.auth_and_errors import bad_request, not_found, unsupported_type
from adapters.sandbox.api.did.material import MAX_PICTURE_BYTES
from adapters.sandbox.api.did.multipart_upload import read_form, store_upload
from adapters.sandbox.context import ApiCall, SandboxContext
from adapters.sandbox.multipart import FormPart

_LOGO_KEY = "did.logo"


async def show_logo(call: ApiCall) -> Response:
    """GET /settings/logo."""
    return JSONResponse(await _stored_logo(call.context) or _raise_not_found())


async def add_logo(call: ApiCall) -> Response:
    """POST /settings/logo."""
    fields = await read_form(call, MAX_PICTURE_BYTES)
    picture = fields.get("logo")
    if picture is None:
        raise bad_request("logo is required")
    if picture.content_type not in ("image/png", "image/jpeg"):
        raise unsupported_type(picture.content_type, ("image/png", "image/jpeg"))
    upload = call.context.files.new_upload("bucket", picture.filename or "logo.png")
    await store_upload(call, upload, picture.data)
    await call.context.files.register_upload(upload, None)
    logo = {"url": upload.address, "position": [_form_number(fields, "left"), _form_number(fields, "top")]}
    await call.context.database.set_value(_LOGO_KEY, json.dumps(logo))
    return JSONResponse(logo, 201)


async def delete_logo(call: ApiCall) -> Response:
    """DELETE /settings/logo."""
    if await _stored_logo(call.context) is None:
        _raise_not_found()
    await call.context.database.set_value(_LOGO_KEY, None)
    return Response(status_code=204)


async def account_logo(context: SandboxContext) -> Path | None:
    """The logo's file, for jobs that ask for it by ``true``."""
    logo = await _stored_logo(context)
    return await context.files.find_by_address(logo["url"]) if logo else None


async def _stored_logo(context: SandboxContext) -> dict[str, Any] | None:
    stored = await context.database.get_value(_LOGO_KEY)
    return dict(json.loads(stored)) if stored else None


def _raise_not_found() -> dict[str, Any]:
    raise not_found()


def _form_number(fields: Any, name: str) -> int:
    part: FormPart | None = fields.get(name)
    try:
        return int(float(part.text)) if part else 0
    except ValueError:
        raise bad_request(f"{name} must be a number") from None
