"""The account's own logo: GET, POST and DELETE on /settings/logo."""

import json
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api.did.auth_and_errors import bad, unknown, wrong_type
from adapters.sandbox.api.did.material import PICTURE_BYTES
from adapters.sandbox.api.did.multipart_upload import form, store
from adapters.sandbox.context import Call, House
from adapters.sandbox.multipart import Part

_FACT = "did.logo"


async def show_logo(call: Call) -> Response:
    """GET /settings/logo."""
    return JSONResponse(await _logo(call.house) or _none())


async def add_logo(call: Call) -> Response:
    """POST /settings/logo."""
    fields = await form(call, PICTURE_BYTES)
    picture = fields.get("logo")
    if picture is None:
        raise bad("logo is required")
    if picture.kind not in ("image/png", "image/jpeg"):
        raise wrong_type(picture.kind, ("image/png", "image/jpeg"))
    upload = call.house.keeping.new("bucket", picture.filename or "logo.png")
    await store(call, upload, picture.data)
    await call.house.keeping.keep(upload, None)
    logo = {"url": upload.address, "position": [_number(fields, "left"), _number(fields, "top")]}
    await call.house.rows.remember(_FACT, json.dumps(logo))
    return JSONResponse(logo, 201)


async def drop_logo(call: Call) -> Response:
    """DELETE /settings/logo."""
    if await _logo(call.house) is None:
        _none()
    await call.house.rows.remember(_FACT, None)
    return Response(status_code=204)


async def account_logo(house: House) -> Path | None:
    """The logo's file, for jobs that ask for it by ``true``."""
    logo = await _logo(house)
    return await house.keeping.open(logo["url"]) if logo else None


async def _logo(house: House) -> dict[str, Any] | None:
    known = await house.rows.fact(_FACT)
    return dict(json.loads(known)) if known else None


def _none() -> dict[str, Any]:
    raise unknown()


def _number(fields: Any, name: str) -> int:
    part: Part | None = fields.get(name)
    try:
        return int(float(part.text)) if part else 0
    except ValueError:
        raise bad(f"{name} must be a number") from None
