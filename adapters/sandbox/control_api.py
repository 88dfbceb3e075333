"""The sandbox's own paths, marked by ``/sandbox``; no studio has them: ledger, calls, faults and a public bucket."""

import asyncio
import json
from pathlib import Path
from typing import Any

from starlette.responses import FileResponse, JSONResponse, Response

from adapters.sandbox.api_error import ApiError
from adapters.sandbox.broken_responses import body_chunks, content_length, read_body
from adapters.sandbox.context import PORTRAITS_FOLDER, ApiCall
from adapters.sandbox.fault_injection import FAULT_KINDS, UnknownFault, make_fault
from adapters.sandbox.request_pipeline import Operation
from adapters.sandbox.store.billing import read_ledger, spent_credits
from adapters.sandbox.store.file_store import TooManyBytes, stream_to_file
from adapters.sandbox.store.files import serve_file

MAX_BUCKET_BYTES = 2 * 1024**3


def control_operations() -> list[Operation]:
    """All paths of the sandbox's own."""
    return [
        Operation("GET", "/sandbox/ledger", _show_ledger),
        Operation("GET", "/sandbox/calls", _show_calls),
        Operation("GET", "/sandbox/faults", _show_faults),
        Operation("POST", "/sandbox/faults", _arm_fault),
        Operation("DELETE", "/sandbox/faults", _clear_faults),
        Operation("PUT", "/sandbox/bucket/{name}", _put_in_bucket),
        Operation("GET", "/sandbox/portraits/{name}", _serve_portrait, public=True),
        Operation("GET", "/files/{job}/{role}/{name}", serve_file, public=True),
    ]


async def _show_ledger(call: ApiCall) -> Response:
    charges = [charge.as_json() for charge in await read_ledger(call.context.database)]
    return JSONResponse({"spent": await spent_credits(call.context.database), "charges": charges})


async def _show_calls(call: ApiCall) -> Response:
    tally = call.context.call_counts.items()
    return JSONResponse([{"method": method, "path": path, "count": count} for (method, path), count in tally])


async def _show_faults(call: ApiCall) -> Response:
    known = {name: {"when": r.phase, "default": r.default, "meaning": r.meaning} for name, r in FAULT_KINDS.items()}
    return JSONResponse({"armed": call.context.faults.list_armed(), "known": known})


async def _arm_fault(call: ApiCall) -> Response:
    fields = await _read_json(call)
    name, _, value = str(fields.get("fault", "")).partition("=")
    times = fields.get("times", 1)
    if not isinstance(times, int) or times < 1:
        raise ApiError(400, {"kind": "BadRequestError", "description": "times must be a whole number from 1"})
    try:
        armed_fault = make_fault(name, str(fields.get("value", value)))
    except UnknownFault as slip:
        raise ApiError(400, {"kind": "BadRequestError", "description": str(slip)}) from None
    call.context.faults.arm(armed_fault, times, str(fields.get("path", "/")), str(fields.get("method", "")))
    return JSONResponse({"armed": call.context.faults.list_armed()}, 201)


async def _read_json(call: ApiCall) -> dict[str, Any]:
    try:
        fields = json.loads(await read_body(call.request, 10_000))
    except (ValueError, TooManyBytes):
        fields = None
    if not isinstance(fields, dict):
        raise ApiError(400, {"kind": "BadRequestError", "description": "the body must be a JSON object"})
    return fields


async def _clear_faults(call: ApiCall) -> Response:
    call.context.faults.clear()
    return Response(status_code=204)


async def _put_in_bucket(call: ApiCall) -> Response:
    files = call.context.files
    upload = files.new_upload("bucket", call.request.path_params["name"])
    try:
        if content_length(call.request) > MAX_BUCKET_BYTES:
            raise TooManyBytes
        await stream_to_file(body_chunks(call.request), files.prepare_path(upload), MAX_BUCKET_BYTES)
    except TooManyBytes:
        raise ApiError(400, {"kind": "InvalidFileSizeError", "description": "the bucket takes up to 2 GB"}) from None
    await files.register_upload(upload, None)
    return JSONResponse({"url": upload.address}, 201)


async def _serve_portrait(call: ApiCall) -> Response:
    path = PORTRAITS_FOLDER / Path(call.request.path_params["name"]).name
    if path.suffix not in (".png", ".jpg") or not await asyncio.to_thread(path.is_file):
        return Response(status_code=404)
    return FileResponse(path)
