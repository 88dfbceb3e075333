"""Signed downloads, as from the object store a studio keeps its results in: XML when they are refused."""

import asyncio
from pathlib import Path

from starlette.responses import FileResponse, Response

from adapters.sandbox.broken_responses import Truncated
from adapters.sandbox.context import Call
from adapters.sandbox.store import jobs
from adapters.sandbox.store.jobs import Job

TYPES = {".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm", ".srt": "application/x-subrip"}


def _denied(status: int, code: str, message: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(text, status, media_type="application/xml")


async def served(call: Call) -> Response:
    """A file of a job, streamed from disk, ranges too."""
    params, query = call.request.path_params, call.request.query_params
    job = await jobs.find(call.house.rows, params["job"])
    stamp = query.get("Expires", ""), query.get("Signature", "")
    if not call.house.signer.good(params["job"], params["role"], *stamp, call.house.clock()):
        await _tried(call, job)
        return _denied(403, "AccessDenied", "Request has expired")
    path = call.house.keeping.folder / "jobs" / params["job"] / params["role"] / Path(params["name"]).name
    if job is None or not await asyncio.to_thread(path.is_file):
        return _denied(404, "NoSuchKey", "The specified key does not exist.")
    return await _film(call, job, path)


async def _tried(call: Call, job: Job | None) -> None:
    # The fault "expired" is over once its dead link has been tried: whoever asks the job again gets a good one.
    if job and job.fault("expired"):
        await jobs.spend_fault(call.house.rows, job, "expired")


async def _film(call: Call, job: Job, path: Path) -> Response:
    kind = TYPES.get(path.suffix.lower(), "application/octet-stream")
    if job.fault("truncated") and path.suffix != ".srt" and "range" not in call.request.headers:
        await jobs.spend_fault(call.house.rows, job, "truncated")
        return Truncated(path, kind)
    return FileResponse(path, media_type=kind)
