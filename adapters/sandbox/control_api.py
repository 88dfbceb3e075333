"""The sandbox's own paths: its ledger, calls and faults, a public bucket, and the files behind signed links."""

import asyncio
from dataclasses import asdict
from pathlib import Path

from starlette.responses import FileResponse, JSONResponse, Response

from adapters.sandbox.api.did.requests_and_errors import did_error
from adapters.sandbox.broken_responses import TruncatedResponse
from adapters.sandbox.context import PORTRAITS_FOLDER, ApiCall
from adapters.sandbox.fault_injection import FAULT_KINDS, UnknownFault, make_fault
from adapters.sandbox.request_bodies import NotAnObject, content_length, read_json
from adapters.sandbox.request_pipeline import Operations
from adapters.sandbox.store import jobs
from adapters.sandbox.store.billing import read_ledger, spent_credits
from adapters.sandbox.store.file_store import TooManyBytes, stream_to_file

MAX_BUCKET_BYTES = 2 * 1024**3


_CONTENT_TYPES = {".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm", ".srt": "application/x-subrip"}

operations = Operations()


@operations.on("GET", "/sandbox/ledger")
async def show_ledger(call: ApiCall) -> Response:
    charges = [asdict(charge) for charge in await read_ledger(call.context.database)]
    return JSONResponse({"spent": await spent_credits(call.context.database), "charges": charges})


@operations.on("GET", "/sandbox/calls")
async def show_calls(call: ApiCall) -> Response:
    tally = call.context.call_counts.items()
    return JSONResponse([{"method": method, "path": path, "count": count} for (method, path), count in tally])


@operations.on("GET", "/sandbox/faults")
async def show_faults(call: ApiCall) -> Response:
    known = {name: {"when": r.phase, "default": r.default, "meaning": r.meaning} for name, r in FAULT_KINDS.items()}
    return JSONResponse({"armed": call.context.faults.list_armed(), "known": known})


@operations.on("POST", "/sandbox/faults")
async def arm_fault(call: ApiCall) -> Response:
    try:
        fields = await read_json(call.request, 10_000)
    except (NotAnObject, TooManyBytes):
        raise did_error(400, "BadRequestError", "the body must be a JSON object") from None
    name, _, value = str(fields.get("fault", "")).partition("=")
    times = fields.get("times", 1)
    if not isinstance(times, int) or times < 1:
        raise did_error(400, "BadRequestError", "times must be a whole number from 1")
    try:
        armed_fault = make_fault(name, str(fields.get("value", value)))
    except UnknownFault as slip:
        raise did_error(400, "BadRequestError", str(slip)) from None
    call.context.faults.arm(armed_fault, times, str(fields.get("path", "/")), str(fields.get("method", "")))
    return JSONResponse({"armed": call.context.faults.list_armed()}, 201)


@operations.on("DELETE", "/sandbox/faults")
async def clear_faults(call: ApiCall) -> Response:
    call.context.faults.clear()
    return Response(status_code=204)


@operations.on("PUT", "/sandbox/bucket/{name}")
async def put_in_bucket(call: ApiCall) -> Response:
    files = call.context.files
    upload = files.new_upload("bucket", call.request.path_params["name"])
    try:
        if content_length(call.request) > MAX_BUCKET_BYTES:
            raise TooManyBytes
        await stream_to_file(call.request.stream(), files.prepare_path(upload), MAX_BUCKET_BYTES)
    except TooManyBytes:
        raise did_error(400, "InvalidFileSizeError", "the bucket takes up to 2 GB") from None
    await files.register_upload(upload, None)
    return JSONResponse({"url": upload.address}, 201)


@operations.on("GET", "/sandbox/portraits/{name}", public=True)
async def serve_portrait(call: ApiCall) -> Response:
    path = PORTRAITS_FOLDER / Path(call.request.path_params["name"]).name
    if path.suffix not in (".png", ".jpg") or not await asyncio.to_thread(path.is_file):
        return Response(status_code=404)
    return FileResponse(path)


@operations.on("GET", "/files/{job}/{role}/{name}", public=True)
async def serve_job_file(call: ApiCall) -> Response:
    """A file of a job by its signed link, as from a vendor's object store: ranges work, and refusals are XML."""
    params, query, database = call.request.path_params, call.request.query_params, call.context.database
    job = await jobs.find_job(database, params["job"])
    stamp = query.get("Expires", ""), query.get("Signature", "")
    valid = call.context.signer.is_valid(params["job"], params["role"], *stamp, call.context.clock())
    expired = job is not None and job.find_fault("expired")
    if not valid or expired:
        if job and expired:
            # This fault is over once its dead link has been tried: asking for the job again gives a good one.
            await jobs.spend_fault(database, job, "expired")
        return _xml_error(403, "AccessDenied", "Request has expired")
    path = call.context.files.folder / "jobs" / params["job"] / params["role"] / Path(params["name"]).name
    if job is None or not await asyncio.to_thread(path.is_file):
        return _xml_error(404, "NoSuchKey", "The specified key does not exist.")
    content_type = _CONTENT_TYPES.get(path.suffix.lower(), "application/octet-stream")
    if job.find_fault("truncated") and path.suffix != ".srt":
        await jobs.spend_fault(database, job, "truncated")
        return TruncatedResponse(path, content_type, call.request.headers.get("range", ""))
    return FileResponse(path, media_type=content_type)


def _xml_error(status: int, code: str, message: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(text, status, media_type="application/xml")
