"""Jobs as each generation of HeyGen shows them: alone, in lists, many statuses at once; and their end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api import common
from adapters.sandbox.api.heygen.requests_and_errors import bad_request, heygen_error, not_found, read_paging
from adapters.sandbox.clock import DAY_SECONDS, iso_timestamp
from adapters.sandbox.context import ApiCall, SandboxContext
from adapters.sandbox.request_pipeline import Operations
from adapters.sandbox.store import jobs
from adapters.sandbox.store.jobs import SandboxJob

operations = Operations()

_LINK_LIFETIME_SECONDS = 7 * DAY_SECONDS
_MAX_STATUS_IDS = 100


def job_status(job: SandboxJob) -> str:
    """The word for where it stands; v2's translations have another one for success."""
    if not job.ended:
        return "processing" if job.stage == "rendering" else "pending"
    if job.result is None:
        return "failed"
    return "success" if job.kind == "translation" and job.notes["dialect"] == "v2" else "completed"


def result_links(job: SandboxJob, context: SandboxContext, base_url: str) -> dict[str, Any]:
    """Where the film and its captions are, signed anew each time it is asked."""
    if job.result is None:
        return {"video": None, "captioned": None, "captions": None}
    path = Path(job.result["path"])
    expires = context.clock() + (-1.0 if job.find_fault("expired") else _LINK_LIFETIME_SECONDS)
    video = context.signer.sign_link(base_url, job.id, "result", path.name, expires)
    captions = context.signer.sign_link(base_url, job.id, "result", path.with_suffix(".srt").name, expires)
    beside = job.result.get("captions") and job.notes.get("subtitles")
    burnt = video if job.notes.get("burnt") else None
    return {"video": video, "captioned": burnt, "captions": captions if beside else None}


def _own_error(job: SandboxJob) -> dict[str, str]:
    """What went wrong, under HeyGen's number where it has one."""
    error = job.error or {}
    return error | {"kind": "40004"} if error.get("kind") == "FaceError" else error


@operations.on("GET", "/v1/video_status.get")
async def show_video_status(call: ApiCall) -> Response:
    job = await _find_job(call, call.request.query_params.get("video_id", ""), "video")
    made, wrong = result_links(job, call.context, call.base_url), _own_error(job)
    words = wrong.get("description")
    data = {
        "id": job.id,
        "status": "waiting" if job_status(job) == "pending" else job_status(job),
        "callback_id": job.notes["callback_id"],
        "video_url": made["video"],
        "video_url_caption": made["captioned"],
        "caption_url": made["captions"],
        "gif_url": None,
        "thumbnail_url": None,
        "duration": job.result["seconds"] if job.result else None,
        "created_at": int(job.created),
        "error": {"code": wrong["kind"], "message": words, "detail": words} if wrong else None,
    }
    return JSONResponse({"code": 100, "message": "Success", "data": data})


@operations.on("GET", "/v1/video.list")
async def list_videos_v1(call: ApiCall) -> Response:
    """Neither title nor callback id, as HeyGen has it."""
    limit, before = read_paging(call, 100)
    kinds = [
        await jobs.list_jobs(call.context.database, "heygen", kind, limit + 1, before)
        for kind in ("video", "translation")
    ]
    found = sorted((job for each in kinds for job in each), key=lambda job: -job.seq)
    rows = [
        {
            "video_id": job.id,
            "status": "completed" if job_status(job) == "success" else job_status(job),
            "created_at": int(job.created),
            "type": "TRANSLATED" if job.kind == "translation" else "GENERATED",
        }
        for job in found[:limit]
    ]
    token = str(found[limit - 1].seq) if len(found) > limit else None
    return JSONResponse({"code": 100, "data": {"videos": rows, "token": token}})


@operations.on("DELETE", "/v1/video.delete")
async def delete_video_v1(call: ApiCall) -> Response:
    job = await _find_job(call, call.request.query_params.get("video_id", ""), None)
    await common.delete_job(call, job)
    return JSONResponse({"code": 100, "data": None, "message": "Success"})


def video_view(job: SandboxJob, context: SandboxContext, base_url: str) -> dict[str, Any]:
    made, wrong = result_links(job, context, base_url), _own_error(job)
    return {
        "id": job.id,
        "status": job_status(job),
        "title": job.notes["title"],
        "video_url": made["video"],
        "captioned_video_url": made["captioned"],
        "subtitle_url": made["captions"],
        "gif_url": None,
        "thumbnail_url": None,
        "duration": job.result["seconds"] if job.result else None,
        "created_at": int(job.created),
        "completed_at": int(job.finished) if job.finished else None,
        "failure_code": wrong.get("kind"),
        "failure_message": wrong.get("description"),
        "folder_id": job.body.get("folder_id"),
    }


@operations.on("GET", "/v3/videos/{id}")
async def show_video(call: ApiCall) -> Response:
    job = await _find_job(call, call.request.path_params["id"], "video")
    return JSONResponse({"data": video_view(job, call.context, call.base_url)})


@operations.on("GET", "/v3/videos/statuses")
async def list_statuses(call: ApiCall) -> Response:
    """Up to a hundred, without links."""
    idents = [each for each in call.request.query_params.get("video_ids", "").split(",") if each]
    if not 1 <= len(idents) <= _MAX_STATUS_IDS:
        raise bad_request(call, f"video_ids takes 1 to {_MAX_STATUS_IDS} ids")
    found = [await jobs.find_job(call.context.database, ident) for ident in set(idents)]
    shown = sorted((job for job in found if job and job.studio == "heygen"), key=lambda job: job.seq)
    return JSONResponse({"data": [_status_view(job) for job in shown]})


def _status_view(job: SandboxJob) -> dict[str, Any]:
    facts = {"video_id": job.id, "status": job_status(job)}
    if wrong := _own_error(job):
        facts |= {"failure_code": wrong["kind"], "failure_message": wrong["description"]}
    return facts


@operations.on("GET", "/v3/videos")
@operations.on("GET", "/v3/video-translations")
async def list_jobs(call: ApiCall) -> Response:
    limit, before = read_paging(call, 100)
    kind = _kind_of_path(call)
    wanted = call.request.query_params.get("title", "").casefold()
    found = await jobs.list_jobs(call.context.database, "heygen", kind, 1000, before)
    fitting = [job for job in found if wanted in str(job.notes["title"] or "").casefold()]
    view_of = video_view if kind == "video" else _translation_view
    view: dict[str, Any] = {"data": [view_of(job, call.context, call.base_url) for job in fitting[:limit]]}
    token = str(fitting[limit - 1].seq) if len(fitting) > limit else None
    return JSONResponse(view | {"has_more": token is not None, "next_token": token})


@operations.on("DELETE", "/v3/videos/{id}")
@operations.on("DELETE", "/v3/video-translations/{id}")
async def delete_job(call: ApiCall) -> Response:
    job = await _find_job(call, call.request.path_params["id"], _kind_of_path(call))
    if not job.ended:
        raise heygen_error(call, 409, "conflict", "the video is still in process")
    await common.delete_job(call, job)
    return JSONResponse({"data": {"id": job.id}})


@operations.on("GET", "/v2/video_translate/{id}")
async def show_translation_v2(call: ApiCall) -> Response:
    job = await _find_job(call, call.request.path_params["id"], "translation")
    made, wrong = result_links(job, call.context, call.base_url), _own_error(job)
    word = "running" if job_status(job) == "processing" else job_status(job)
    data = {"video_translate_id": job.id, "status": word, "url": made["video"], "title": job.notes["title"]}
    data |= {"message": wrong.get("description"), "callback_id": job.notes["callback_id"]}
    return JSONResponse({"error": None, "data": data | {"caption_url": made["captions"]}})


@operations.on("GET", "/v3/video-translations/{id}")
async def show_translation_v3(call: ApiCall) -> Response:
    job = await _find_job(call, call.request.path_params["id"], "translation")
    return JSONResponse({"data": _translation_view(job, call.context, call.base_url)})


def _translation_view(job: SandboxJob, context: SandboxContext, base_url: str) -> dict[str, Any]:
    made, wrong = result_links(job, context, base_url), _own_error(job)
    facts = {"id": job.id, "title": job.notes["title"], "output_language": job.notes["language"]}
    status = job_status(job)
    facts["status"] = "running" if status == "processing" else "completed" if job.result else status
    facts |= {"video_url": made["video"], "caption_url": made["captions"], "created_at": iso_timestamp(job.created)}
    return facts | {"failure_code": wrong.get("kind"), "failure_message": wrong.get("description")}


def webhook_event(job: SandboxJob, context: SandboxContext) -> Mapping[str, Any]:
    made, wrong = result_links(job, context, context.base_url or job.base_url), _own_error(job)
    stem = "video_translate" if job.kind == "translation" else "avatar_video"
    data: dict[str, Any] = {"callback_id": job.notes["callback_id"]}
    data |= {"video_translate_id" if job.kind == "translation" else "video_id": job.id}
    if job.kind == "translation":
        data["output_language"] = job.notes["language"]
    if wrong:
        data["message" if job.kind == "translation" else "msg"] = wrong["description"]
    else:
        data["url"] = made["video"]
    return {"event_type": f"{stem}.{'fail' if wrong else 'success'}", "event_data": data}


async def _find_job(call: ApiCall, ident: str, kind: str | None) -> SandboxJob:
    job = await jobs.find_job(call.context.database, ident)
    if job is None or job.studio != "heygen" or (kind is not None and job.kind != kind):
        raise not_found(call, "video not found")
    return job


def _kind_of_path(call: ApiCall) -> str:
    return "translation" if call.request.url.path.startswith("/v3/video-translations") else "video"
