"""GET and DELETE on a generator: one job, the list in pages, and a translation's group."""

import base64
import binascii
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api import common
from adapters.sandbox.api.did.generators import DidGenerator, languages
from adapters.sandbox.api.did.job_views import job_view
from adapters.sandbox.api.did.requests_and_errors import bad_request, did_error, not_found
from adapters.sandbox.clock import iso_timestamp
from adapters.sandbox.context import ApiCall
from adapters.sandbox.request_pipeline import Operations
from adapters.sandbox.store import jobs
from adapters.sandbox.store.jobs import NEVER_DUE, SandboxJob

operations = Operations()


async def show_job(call: ApiCall, kind: DidGenerator) -> Response:
    return JSONResponse(job_view(await _find_job(call, kind), call.context, call.base_url, by_id=True))


async def _find_job(call: ApiCall, kind: DidGenerator) -> SandboxJob:
    job = await jobs.find_job(call.context.database, call.request.path_params["id"])
    if job is None or (job.studio, job.kind) != ("did", kind.name):
        raise not_found()
    return job


async def delete_job(call: ApiCall, kind: DidGenerator) -> Response:
    """Delete an ended job; a running one is not ready for it."""
    job = await _find_job(call, kind)
    if not job.ended:
        raise did_error(409, "NotReadyError", f"{kind.name} is in process, try again later")
    view = job_view(job, call.context, call.base_url)
    await common.delete_job(call, job)
    return Response(status_code=204) if kind.delete_status == 204 else JSONResponse(view)


async def list_jobs(call: ApiCall, kind: DidGenerator) -> Response:
    """The list, newest first, with a token only when there is more."""
    limit, before = read_paging(call, 100)
    group_id = call.request.query_params.get("groupId") if kind.name == "translation" else None
    page = await jobs.list_jobs(call.context.database, "did", kind.name, limit + 1, before, group_id)
    view: dict[str, Any] = {kind.path[1:]: [job_view(job, call.context, call.base_url) for job in page[:limit]]}
    if len(page) > limit:
        view["token"] = encode_token(page[limit - 1].seq)
    return JSONResponse(view)


def read_paging(call: ApiCall, default: int) -> tuple[int, int | None]:
    query = call.request.query_params
    limit = common.parse_whole_number(query.get("limit", str(default)), 1, 1000)
    if limit is None:
        raise bad_request("limit must be a whole number from 1 to 1000")
    return limit, _decode_token(query.get("token"))


def encode_token(place: int) -> str:
    """A place in a list, opaque to the caller."""
    return base64.urlsafe_b64encode(f"place:{place}".encode()).decode().rstrip("=")


def _decode_token(given: str | None) -> int | None:
    if not given:
        return None
    try:
        text = base64.b64decode(given + "=" * (-len(given) % 4), b"-_", validate=True).decode()
        place = int(text.removeprefix("place:"))
    except (binascii.Error, ValueError):
        place = -1
    if not 0 <= place < NEVER_DUE:
        raise bad_request("token is invalid")
    return place


@operations.on("GET", "/translations/groups/{id}")
async def show_group(call: ApiCall) -> Response:
    group_id = call.request.path_params["id"]
    members = await jobs.list_jobs(call.context.database, "did", "translation", 1000, None, group_id)
    if not members:
        raise not_found()
    members.reverse()
    view = {"id": group_id, "status": _group_status(members), "name": str(members[0].notes["name"]).rpartition("-")[0]}
    view["target_languages"] = [job.notes["language"] for job in members]
    view["error_kind"] = next((job.error["kind"] for job in members if job.error), None)
    return JSONResponse(view | {"translations": [_member_view(job) for job in members]})


def _member_view(job: SandboxJob) -> dict[str, Any]:
    language = job.notes["language"]
    line = {"id": job.id, "status": job.status, "language": language, "locale": languages()[language]}
    return line | {"modified_at": iso_timestamp(job.modified), "proofreading": False}


def _group_status(members: list[SandboxJob]) -> str:
    states = {job.status for job in members}
    if states == {"done"}:
        return "done"
    if states <= {"done", "error", "rejected"}:
        return "partial-done" if "done" in states else "error"
    if "done" in states:
        return "partial-done"
    return "created" if states == {"created"} else "validating"
