"""Signed downloads, as from the object store a studio keeps its results in: XML when they are refused."""

import asyncio
from pathlib import Path

from starlette.responses import FileResponse, Response

from adapters.sandbox.broken_responses import TruncatedResponse
from adapters.sandbox.context import ApiCall
from adapters.sandbox.store import jobs
from adapters.sandbox.store.jobs import SandboxJob

CONTENT_TYPES = {".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm", ".srt": "application/x-subrip"}


def _xml_error(status: int, code: str, message: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(text, status, media_type="application/xml")


async def serve_file(call: ApiCall) -> Response:
    """A file of a job, streamed from disk, ranges too."""
    params, query = call.request.path_params, call.request.query_params
    job = await jobs.find_job(call.context.database, params["job"])
    stamp = query.get("Expires", ""), query.get("Signature", "")
    valid = call.context.signer.is_valid(params["job"], params["role"], *stamp, call.context.clock())
    if not valid or (job and job.find_fault("expired")):
        await _end_expired_fault(call, job)
        return _xml_error(403, "AccessDenied", "Request has expired")
    path = call.context.files.folder / "jobs" / params["job"] / params["role"] / Path(params["name"]).name
    if job is None or not await asyncio.to_thread(path.is_file):
        return _xml_error(404, "NoSuchKey", "The specified key does not exist.")
    return await _file_response(call, job, path)


async def _end_expired_fault(call: ApiCall, job: SandboxJob | None) -> None:
    # The fault "expired" is over once its dead link has been tried: asking for the job again gives a good one.
    if job and job.find_fault("expired"):
        await jobs.spend_fault(call.context.database, job, "expired")


async def _file_response(call: ApiCall, job: SandboxJob, path: Path) -> Response:
    content_type = CONTENT_TYPES.get(path.suffix.lower(), "application/octet-stream")
    if job.find_fault("truncated") and path.suffix != ".srt":
        await jobs.spend_fault(call.context.database, job, "truncated")
        return TruncatedResponse(path, content_type, call.request.headers.get("range", ""))
    return FileResponse(path, media_type=content_type)
