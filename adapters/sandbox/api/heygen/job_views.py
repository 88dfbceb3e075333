"""Jobs as each generation of HeyGen shows them: alone, in lists, many statuses at once; and their end."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api.heygen.auth_and_errors import bad, said, unknown
from adapters.sandbox.clock import DAY, stamp
from adapters.sandbox.context import Call, House
from adapters.sandbox.store import jobs
from adapters.sandbox.store.jobs import NEVER, Job

_LINKS_LIVE = 7 * DAY
_STATUSES_MOST = 100


def status(job: Job) -> str:
    """The word for where it stands; v2's translations have another one for success."""
    if not job.ended:
        return "processing" if job.stage == "rendering" else "pending"
    if job.film is None:
        return "failed"
    return "success" if job.kind == "translation" and job.notes["dialect"] == "v2" else "completed"


def links(job: Job, house: House, base: str) -> dict[str, Any]:
    """Where the film and its captions are, signed anew each time it is asked."""
    if job.film is None:
        return {"video": None, "captioned": None, "captions": None}
    life = -1.0 if job.fault("expired") else _LINKS_LIVE
    path = Path(job.film["path"])
    video = house.signer.link(base, job.id, "result", path.name, house.clock() + life)
    beside = job.film.get("captions") and job.notes.get("subtitles")
    captions = house.signer.link(base, job.id, "result", path.with_suffix(".srt").name, house.clock() + life)
    burnt = video if job.notes.get("burnt") else None
    return {"video": video, "captioned": burnt, "captions": captions if beside else None}


def failure(job: Job) -> tuple[str, str] | None:
    """Why it failed."""
    return (job.error["kind"], job.error["description"]) if job.error else None


async def video_status(call: Call) -> Response:
    """GET /v1/video_status.get."""
    job = await _find(call, call.request.query_params.get("video_id", ""), "video")
    made, wrong = links(job, call.house, call.base), failure(job)
    data = {
        "id": job.id,
        "status": "waiting" if status(job) == "pending" else status(job),
        "callback_id": job.notes["callback_id"],
        "video_url": made["video"],
        "video_url_caption": made["captioned"],
        "caption_url": made["captions"],
        "gif_url": None,
        "thumbnail_url": None,
        "duration": job.film["seconds"] if job.film else None,
        "created_at": int(job.created),
        "error": {"code": wrong[0], "message": wrong[1], "detail": wrong[1]} if wrong else None,
    }
    return JSONResponse({"code": 100, "message": "Success", "data": data})


async def video_list(call: Call) -> Response:
    """GET /v1/video.list: neither title nor callback id, as HeyGen has it."""
    limit, before = _paging(call)
    kinds = [await jobs.page(call.house.rows, "heygen", kind, limit + 1, before) for kind in ("video", "translation")]
    found = sorted((job for each in kinds for job in each), key=lambda job: -job.seq)
    rows = [
        {
            "video_id": job.id,
            "status": "completed" if status(job) == "success" else status(job),
            "created_at": int(job.created),
            "type": "TRANSLATED" if job.kind == "translation" else "GENERATED",
        }
        for job in found[:limit]
    ]
    token = str(found[limit - 1].seq) if len(found) > limit else None
    return JSONResponse({"code": 100, "data": {"videos": rows, "token": token}})


async def video_delete(call: Call) -> Response:
    """DELETE /v1/video.delete."""
    job = await _find(call, call.request.query_params.get("video_id", ""), None)
    await _gone(call, job)
    return JSONResponse({"code": 100, "data": None, "message": "Success"})


def card(job: Job, house: House, base: str) -> dict[str, Any]:
    """A video as v3 shows it."""
    made, wrong = links(job, house, base), failure(job)
    return {
        "id": job.id,
        "status": status(job),
        "title": job.notes["title"],
        "video_url": made["video"],
        "captioned_video_url": made["captioned"],
        "subtitle_url": made["captions"],
        "gif_url": None,
        "thumbnail_url": None,
        "duration": job.film["seconds"] if job.film else None,
        "created_at": int(job.created),
        "completed_at": int(job.finished) if job.finished else None,
        "failure_code": wrong[0] if wrong else None,
        "failure_message": wrong[1] if wrong else None,
        "folder_id": job.body.get("folder_id"),
    }


async def show(call: Call) -> Response:
    """GET /v3/videos/{id}."""
    job = await _find(call, call.request.path_params["id"], "video")
    return JSONResponse({"data": card(job, call.house, call.base)})


async def statuses(call: Call) -> Response:
    """GET /v3/videos/statuses: up to a hundred, without links."""
    idents = [each for each in call.request.query_params.get("video_ids", "").split(",") if each]
    if not 1 <= len(idents) <= _STATUSES_MOST:
        raise bad(call, f"video_ids takes 1 to {_STATUSES_MOST} ids")
    marks = ",".join("?" for _ in idents)
    sql = f"SELECT id FROM jobs WHERE studio = 'heygen' AND id IN ({marks})"  # noqa: S608 - only marks
    found = [await jobs.find(call.house.rows, row["id"]) for row in await call.house.rows.all(sql, *idents)]
    data = [_brief(job) for job in found if job]
    return JSONResponse({"data": data})


def _brief(job: Job) -> dict[str, Any]:
    wrong = failure(job)
    facts = {"video_id": job.id, "status": status(job)}
    return facts | ({"failure_code": wrong[0], "failure_message": wrong[1]} if wrong else {})


async def search(call: Call, kind: str) -> Response:
    """GET /v3/videos and /v3/video-translations: newest first, by title."""
    limit, before = _paging(call)
    wanted = call.request.query_params.get("title", "").casefold()
    found = await jobs.page(call.house.rows, "heygen", kind, 1000, before)
    fitting = [job for job in found if wanted in str(job.notes["title"] or "").casefold()]
    draw = card if kind == "video" else _translated
    view: dict[str, Any] = {"data": [draw(job, call.house, call.base) for job in fitting[:limit]]}
    more = len(fitting) > limit
    token = str(fitting[limit - 1].seq) if more else None
    return JSONResponse(view | {"has_more": more, "next_token": token})


async def remove(call: Call, kind: str) -> Response:
    """DELETE /v3/videos/{id}: an ended one."""
    job = await _find(call, call.request.path_params["id"], kind)
    if not job.ended:
        raise said(call, 409, "conflict", "the video is still in process")
    await _gone(call, job)
    return JSONResponse({"data": {"id": job.id}})


async def translation_old(call: Call) -> Response:
    """GET /v2/video_translate/{id}."""
    job = await _find(call, call.request.path_params["id"], "translation")
    made, wrong = links(job, call.house, call.base), failure(job)
    word = "running" if status(job) == "processing" else status(job)
    data = {"video_translate_id": job.id, "status": word, "url": made["video"], "title": job.notes["title"]}
    data |= {"message": wrong[1] if wrong else None, "callback_id": job.notes["callback_id"]}
    return JSONResponse({"error": None, "data": data | {"caption_url": made["captions"]}})


async def translation(call: Call) -> Response:
    """GET /v3/video-translations/{id}."""
    job = await _find(call, call.request.path_params["id"], "translation")
    return JSONResponse({"data": _translated(job, call.house, call.base)})


def _translated(job: Job, house: House, base: str) -> dict[str, Any]:
    made, wrong = links(job, house, base), failure(job)
    facts = {"id": job.id, "title": job.notes["title"], "output_language": job.notes["language"]}
    facts |= {"status": "running" if status(job) == "processing" else "completed" if job.film else status(job)}
    facts |= {"video_url": made["video"], "caption_url": made["captions"], "created_at": stamp(job.created)}
    return facts | {"failure_code": wrong[0] if wrong else None, "failure_message": wrong[1] if wrong else None}


def event(job: Job, house: House) -> Mapping[str, Any]:
    """The end of a job as webhooks tell it."""
    made, wrong = links(job, house, house.base or job.base), failure(job)
    stem = "video_translate" if job.kind == "translation" else "avatar_video"
    data: dict[str, Any] = {"callback_id": job.notes["callback_id"]}
    data |= {"video_translate_id" if job.kind == "translation" else "video_id": job.id}
    if job.kind == "translation":
        data["output_language"] = job.notes["language"]
    if wrong:
        data["message" if job.kind == "translation" else "msg"] = wrong[1]
    else:
        data["url"] = made["video"]
    return {"event_type": f"{stem}.{'fail' if wrong else 'success'}", "event_data": data}


async def _find(call: Call, ident: str, kind: str | None) -> Job:
    job = await jobs.find(call.house.rows, ident)
    if job is None or job.studio != "heygen" or (kind is not None and job.kind != kind):
        raise unknown(call, "video not found")
    return job


async def _gone(call: Call, job: Job) -> None:
    await jobs.forget(call.house.rows, job.id)
    await asyncio.to_thread(call.house.keeping.clear, job.id)


def _paging(call: Call) -> tuple[int, int | None]:
    query = call.request.query_params
    limit, token = query.get("limit", "20"), query.get("token", "")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 5 and 1 <= int(limit) <= 100):
        raise bad(call, "limit must be a whole number from 1 to 100")
    if token and not (token.isascii() and token.isdigit() and int(token) < NEVER):
        raise bad(call, "token is invalid")
    return int(limit), int(token) if token else None
