"""The sandbox's own paths, marked by ``/sandbox``; no studio has them: ledger, calls, faults and a public bucket."""

import asyncio
import json
from pathlib import Path
from typing import Any

from starlette.responses import FileResponse, JSONResponse, Response

from adapters.sandbox.api_error import Refusal
from adapters.sandbox.broken_responses import announced, chunks, read
from adapters.sandbox.context import PORTRAITS, Call
from adapters.sandbox.fault_injection import FAULTS, UnknownFault, fault
from adapters.sandbox.request_pipeline import Operation
from adapters.sandbox.store.billing import ledger, spent
from adapters.sandbox.store.file_store import TooLarge, pour
from adapters.sandbox.store.files import served

BUCKET_LIMIT = 2 * 1024**3


def operations() -> list[Operation]:
    """All paths of the sandbox's own."""
    return [
        Operation("GET", "/sandbox/ledger", _ledger),
        Operation("GET", "/sandbox/calls", _calls),
        Operation("GET", "/sandbox/faults", _faults),
        Operation("POST", "/sandbox/faults", _arm),
        Operation("DELETE", "/sandbox/faults", _clear),
        Operation("PUT", "/sandbox/bucket/{name}", _put),
        Operation("GET", "/sandbox/portraits/{name}", _portrait, open=True),
        Operation("GET", "/files/{job}/{role}/{name}", served, open=True),
    ]


async def _ledger(call: Call) -> Response:
    charges = [charge.line() for charge in await ledger(call.house.rows)]
    return JSONResponse({"spent": await spent(call.house.rows), "charges": charges})


async def _calls(call: Call) -> Response:
    tally = call.house.tally.items()
    return JSONResponse([{"method": method, "path": path, "count": count} for (method, path), count in tally])


async def _faults(call: Call) -> Response:
    known = {name: {"when": r.when, "default": r.default, "meaning": r.meaning} for name, r in FAULTS.items()}
    return JSONResponse({"armed": call.house.faults.armed(), "known": known})


async def _arm(call: Call) -> Response:
    wish = await _wish(call)
    name, _, value = str(wish.get("fault", "")).partition("=")
    times = wish.get("times", 1)
    if not isinstance(times, int) or times < 1:
        raise Refusal(400, {"kind": "BadRequestError", "description": "times must be a whole number from 1"})
    try:
        one = fault(name, str(wish.get("value", value)))
    except UnknownFault as slip:
        raise Refusal(400, {"kind": "BadRequestError", "description": str(slip)}) from None
    call.house.faults.arm(one, times, str(wish.get("path", "/")))
    return JSONResponse({"armed": call.house.faults.armed()}, 201)


async def _wish(call: Call) -> dict[str, Any]:
    try:
        wish = json.loads(await read(call.request, 10_000))
    except (ValueError, TooLarge):
        wish = None
    if not isinstance(wish, dict):
        raise Refusal(400, {"kind": "BadRequestError", "description": "the body must be a JSON object"})
    return wish


async def _clear(call: Call) -> Response:
    call.house.faults.clear()
    return Response(status_code=204)


async def _put(call: Call) -> Response:
    keeping = call.house.keeping
    upload = keeping.new("bucket", call.request.path_params["name"])
    try:
        if announced(call.request) > BUCKET_LIMIT:
            raise TooLarge
        await pour(chunks(call.request), keeping.place(upload), BUCKET_LIMIT)
    except TooLarge:
        raise Refusal(400, {"kind": "InvalidFileSizeError", "description": "the bucket takes up to 2 GB"}) from None
    await keeping.keep(upload, None)
    return JSONResponse({"url": upload.address}, 201)


async def _portrait(call: Call) -> Response:
    path = PORTRAITS / Path(call.request.path_params["name"]).name
    if path.suffix not in (".png", ".jpg") or not await asyncio.to_thread(path.is_file):
        return Response(status_code=404)
    return FileResponse(path)
