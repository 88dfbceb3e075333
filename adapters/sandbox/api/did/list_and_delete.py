"""GET and DELETE on a generator: one job, the list in pages, and a translation's group."""

import asyncio
import base64
import binascii
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api.did.auth_and_errors import bad, said, unknown
from adapters.sandbox.api.did.job_views import shown
from adapters.sandbox.api.did.kinds import Kind
from adapters.sandbox.api.did.languages import LANGUAGES
from adapters.sandbox.clock import stamp
from adapters.sandbox.context import Call
from adapters.sandbox.store import jobs
from adapters.sandbox.store.jobs import NEVER, Job


async def show(call: Call, kind: Kind) -> Response:
    """One job by its id."""
    return JSONResponse(shown(await _job(call, kind), call.house, call.base, alone=True))


async def _job(call: Call, kind: Kind) -> Job:
    job = await jobs.find(call.house.rows, call.request.path_params["id"])
    if job is None or (job.studio, job.kind) != ("did", kind.name):
        raise unknown()
    return job


async def remove(call: Call, kind: Kind) -> Response:
    """Delete an ended job; a running one is not ready for it."""
    job = await _job(call, kind)
    if not job.ended:
        raise said(409, "NotReadyError", f"{kind.name} is in process, try again later")
    gone = shown(job, call.house, call.base)
    await jobs.forget(call.house.rows, job.id)
    await asyncio.to_thread(call.house.keeping.clear, job.id)
    return Response(status_code=204) if kind.delete == 204 else JSONResponse(gone)


async def reel(call: Call, kind: Kind) -> Response:
    """The list, newest first, with a token only when there is more."""
    limit, before = paging(call, 100)
    party = call.request.query_params.get("groupId") if kind.name == "translation" else None
    found = await jobs.page(call.house.rows, "did", kind.name, limit + 1, before, party)
    view: dict[str, Any] = {kind.listed: [shown(job, call.house, call.base) for job in found[:limit]]}
    if len(found) > limit:
        view["token"] = token(found[limit - 1].seq)
    return JSONResponse(view)


def paging(call: Call, usual: int) -> tuple[int, int | None]:
    """How many, and from which place on."""
    query = call.request.query_params
    limit = query.get("limit", str(usual))
    if not (limit.isascii() and limit.isdigit() and len(limit) < 5 and 1 <= int(limit) <= 1000):
        raise bad("limit must be a whole number from 1 to 1000")
    return int(limit), _place(query.get("token"))


def token(place: int) -> str:
    """A place in a list, opaque to the caller."""
    return base64.urlsafe_b64encode(f"place:{place}".encode()).decode().rstrip("=")


def _place(given: str | None) -> int | None:
    if not given:
        return None
    try:
        text = base64.b64decode(given + "=" * (-len(given) % 4), b"-_", validate=True).decode()
        place = int(text.removeprefix("place:"))
    except (binascii.Error, ValueError):
        place = -1
    if not 0 <= place < NEVER:
        raise bad("token is invalid")
    return place


async def group(call: Call) -> Response:
    """All languages of one translation request together."""
    party = call.request.path_params["id"]
    found = await jobs.page(call.house.rows, "did", "translation", 1000, None, party)
    if not found:
        raise unknown()
    found.reverse()
    view = {"id": party, "status": _together(found), "name": str(found[0].notes["name"]).rpartition("-")[0]}
    view["target_languages"] = [job.notes["language"] for job in found]
    view["error_kind"] = next((job.error["kind"] for job in found if job.error), None)
    return JSONResponse(view | {"translations": [_line(job) for job in found]})


def _line(job: Job) -> dict[str, Any]:
    language = job.notes["language"]
    line = {"id": job.id, "status": job.status, "language": language, "locale": LANGUAGES[language]}
    return line | {"modified_at": stamp(job.modified), "proofreading": False}


def _together(found: list[Job]) -> str:
    states = {job.status for job in found}
    if states == {"done"}:
        return "done"
    if states <= {"done", "error", "rejected"}:
        return "partial-done" if "done" in states else "error"
    if "done" in states:
        return "partial-done"
    return "created" if states == {"created"} else "validating"
