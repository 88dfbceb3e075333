"""Behaves like HeyGen, v1 to v3, over real HTTP: checks what it is sent, keeps what it was asked, and fails as told."""

import re
from collections.abc import Callable
from typing import Any

from jsonschema import Draft202012Validator
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from tests.fakes.vendors.contract_check import body_validator
from tests.fakes.vendors.vendor_server import SAMPLE_VIDEO, FakeVendor, ReceivedCall

HEYGEN_KEY = "invented-heygen-key"
OWNER_EMAIL = "canary-owner@example.invalid"

AVATARS = [
    {"avatar_id": "Abigail_1", "avatar_name": "Abigail", "gender": "female", "default_voice_id": "v-own"},
    {"avatar_id": "Bernd_1", "avatar_name": "Bernd", "gender": "male"},
]
PHOTOS = [{"talking_photo_id": "tp_1", "talking_photo_name": "Grandpa"}]
LOOKS = [
    {"id": "Abigail_1", "name": "Abigail", "avatar_type": "studio_avatar", "default_voice_id": "v-own"},
    {"id": "Bernd_1", "name": "Bernd", "avatar_type": "digital_twin"},
    {"id": "tp_1", "name": "Grandpa", "avatar_type": "photo_avatar"},
]
VOICES = [
    {"voice_id": "v-jo", "name": "Joanna", "language": "English", "gender": "female", "emotion_support": True},
    {"voice_id": "v-own", "name": "Abigail's own", "language": "English", "gender": "female"},
    {"voice_id": "v-fr", "name": "Éloïse", "language": "French", "gender": "female"},
]
LANGUAGES = ["English", "Spanish (Spain)", "Spanish (Mexico)", "French (France)"]


TEMPLATE_VARIABLES = {
    "name": {"name": "name", "type": "text", "properties": {"content": ""}},
    "slogan": {"name": "slogan", "type": "text", "properties": {"content": "Onwards"}},
    "logo": {"name": "logo", "type": "image", "properties": {"url": "https://example.com/l.png", "fit": "cover"}},
    "clip": {"name": "clip", "type": "video", "properties": {"url": None}},
    "jingle": {"name": "jingle", "type": "audio", "properties": {"url": None}},
    "host": {"name": "host", "type": "character", "properties": {"character_id": "Bernd_1", "type": "avatar"}},
    "tone": {"name": "tone", "type": "voice", "properties": {"voice_id": "v-own"}},
}


class HeygenServer(FakeVendor):
    """One account at HeyGen."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self.jobs: list[dict[str, Any]] = []
        self.keys: dict[str, str] = {}
        self.closed_versions: tuple[str, ...] = ()  # generations that answer as gone
        self.closed_paths: tuple[str, ...] = ()  # single operations that answer as gone
        self.retirement_response: Any = None  # … and in which words
        self.endpoints: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.shows_callback_ids = True  # statuses show callback ids
        self.photo_count = 0
        self.pending_photos: dict[str, int] = {}  # photo avatars, and how often they are still to be asked for
        self.max_photos = 3
        self.max_text_length = 5000

    def paid_calls(self) -> list[ReceivedCall]:
        """The paid calls."""
        paths = (
            "/v2/template/t1/generate",
            "/v2/video/generate",
            "/v3/videos",
            "/v2/video_translate",
            "/v3/video-translations",
        )
        return [each for each in self.received_calls if each.method == "POST" and each.path in paths]

    def finish_jobs(self, ident: str = "", **facts: Any) -> None:
        """Let a job end, done unless the facts say otherwise."""
        for job in self.jobs:
            if ident in ("", job["id"]):
                name = f"{job['id']}-{len(self.files)}.mp4"
                self.files[name] = SAMPLE_VIDEO
                job.update({"status": "completed", "link": f"{self.url}/files/{name}", "duration": 3.5} | facts)

    def _serve(self, request: Request, body: Any) -> Response:
        if request.headers.get("x-api-key") != HEYGEN_KEY:
            return _error_response(401, "unauthorized", "Unauthorized")
        path = request.url.path
        if path[1:3] in self.closed_versions or path.startswith(self.closed_paths or ("-",)):
            return (
                JSONResponse(*self.retirement_response)
                if self.retirement_response
                else HTMLResponse("404 page not found", 404)
            )
        if path == "/v3/avatars/looks" and int(request.query_params.get("limit", 20)) > 50:
            return _error_response(400, "invalid_parameter", "limit must be at most 50")
        told = self._serve_catalogue(path)
        if told is not None:
            return told
        if request.method == "POST":
            return self._serve_post(request, path, body)
        return self._serve_get(request, path)

    def _serve_post(self, request: Request, path: str, body: Any) -> Response:
        match path:
            case "/v1/asset" | "/v3/assets":
                data = {
                    "id": f"as_{len(self.received_calls)}",
                    "asset_id": f"as_{len(self.received_calls)}",
                    "url": f"{self.url}/a.mp4",
                }
                data |= {"image_key": f"image/{len(self.received_calls)}/original"}
                return JSONResponse({"code": 100, "data": data} if path[1:3] == "v1" else {"data": data})
            case "/v1/talking_photo":
                self.photo_count += 1
                if self.photo_count > self.max_photos:
                    self.photo_count -= 1
                    message = "You have exceeded your limit of 3 photo avatars"
                    return JSONResponse({"code": 400665, "message": message, "data": None}, 400)
                return JSONResponse({"code": 100, "data": {"talking_photo_id": f"tp_{len(self.received_calls)}"}})
            case "/v2/photo_avatar/avatar_group/create":
                ident = f"pa_{body['image_key'].split('/')[1]}"
                self.pending_photos[ident] = 2
                return JSONResponse({"error": None, "data": {"id": ident, "status": "pending"}})
            case "/v2/video/generate" | "/v2/template/t1/generate":
                return self._create_job(request, body, "GENERATED")
            case "/v3/videos" | "/v3/video-translations":
                return self._create_idempotent(request, body)
            case "/v2/video_translate":
                return self._create_job(request, body, "TRANSLATED")
            case "/v3/webhooks/endpoints":
                made = {"endpoint_id": "ep_1", "url": body["url"], "secret": "invented-secret"}
                self.endpoints.append({name: value for name, value in made.items() if name != "secret"})
                return JSONResponse({"data": made})
        return _error_response(404, "not_found", "not found")

    def _create_idempotent(self, request: Request, body: Any) -> Response:
        key = request.headers.get("idempotency-key", "")
        known = next((job for job in self.jobs if key and job["key"] == key), None)
        kind = "TRANSLATED" if "translations" in request.url.path else "GENERATED"
        return _submission_response(known, request.url.path) if known else self._create_job(request, body, kind)

    def _create_job(self, request: Request, body: Any, kind: str) -> Response:
        path = request.url.path
        fault = next(iter(_validator(path).iter_errors(body)), None)
        if fault:
            return _error_response(400, "invalid_parameter", f"{'.'.join(map(str, fault.path))}: {fault.message[:200]}")
        texts = [scene["voice"].get("input_text", "") for scene in body.get("video_inputs", [])]
        if any(len(text) > self.max_text_length for text in texts):
            return _error_response(400, "invalid_parameter", f"input_text exceeds {self.max_text_length} characters")
        job = {"id": f"vid{len(self.jobs) + 1:03}", "status": "waiting", "created": int(self.now()), "type": kind}
        job |= {"title": body.get("title"), "callback_id": body.get("callback_id"), "body": body}
        job |= {"key": request.headers.get("idempotency-key", ""), "link": None, "duration": None}
        self.jobs.append(job)
        return _submission_response(job, path)

    def _serve_get(self, request: Request, path: str) -> Response:
        query = request.query_params
        if side := self._serve_other(path):
            return side
        match path:
            case "/v1/video_status.get":
                return self._get_job(query["video_id"], _v1_status)
            case "/v1/video.list":
                return self._list_jobs(query)
            case "/v1/video.delete":
                return self._delete_job(query["video_id"])
            case "/v3/videos" | "/v3/video-translations":
                found = [job for job in self.jobs[::-1] if query.get("title", "") in str(job["title"])]
                return JSONResponse({"data": [_v3_status(job) for job in found], "has_more": False})
            case "/v3/videos/statuses":
                wanted = query["video_ids"].split(",")
                assert len(wanted) <= 100
                rows = [{"video_id": job["id"], "status": job["status"]} for job in self.jobs if job["id"] in wanted]
                known = {row["video_id"] for row in rows}
                rows += [{"video_id": each, "status": "not_found"} for each in wanted if each not in known]
                return JSONResponse({"data": rows})
        match = re.fullmatch(r"/v[23]/(videos|video-translations|video_translate|talking_photo)/([^/]+)", path)
        if match and request.method == "DELETE":
            self.photo_count -= match[1] == "talking_photo"
            return JSONResponse({"data": {}}) if match[1] == "talking_photo" else self._delete_job(match[2])
        return self._get_job(match[2], _v3_status) if match else _error_response(404, "not_found", "not found")

    def _serve_other(self, path: str) -> Response | None:
        """What is read besides videos: templates, photos that ripen, endpoints and what was told to them."""
        match path:
            case "/v2/template/t1":
                return JSONResponse({"error": None, "data": {"variables": TEMPLATE_VARIABLES}})
            case "/v3/webhooks/endpoints":
                return JSONResponse({"data": self.endpoints, "has_more": False})
            case "/v3/webhooks/events":
                return JSONResponse({"data": self.events, "has_more": False})
        ident = path.removeprefix("/v2/photo_avatar/")
        if ident == path:
            return None
        self.pending_photos[ident] -= 1
        word = "pending" if self.pending_photos[ident] > 0 else "completed"
        return JSONResponse({"error": None, "data": {"id": ident, "status": word}})

    def _without_callback_id(self, shown: dict[str, Any]) -> dict[str, Any]:
        return (
            shown
            if self.shows_callback_ids
            else {name: value for name, value in shown.items() if name != "callback_id"}
        )

    def _get_job(self, ident: str, draw: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
        job = next((each for each in self.jobs if each["id"] == ident), None)
        if job is None:
            return _error_response(404, "not_found", "video not found")
        shown = self._without_callback_id(draw(job))
        return JSONResponse({"code": 100, "data": shown} if draw is _v1_status else {"data": shown})

    def _list_jobs(self, query: Any) -> Response:
        rows, start = self.jobs[::-1], int(query.get("token") or 0)
        page = [
            {"video_id": job["id"], "status": job["status"], "created_at": job["created"], "type": job["type"]}
            for job in rows[start : start + 100]
        ]
        token = str(start + 100) if start + 100 < len(rows) else None
        return JSONResponse({"code": 100, "data": {"videos": page, "token": token}})

    def _delete_job(self, ident: str) -> Response:
        known = [job for job in self.jobs if job["id"] == ident]
        if not known:
            return _error_response(404, "not_found", "video not found")
        self.jobs.remove(known[0])
        return JSONResponse({"code": 100, "data": None})

    def _serve_catalogue(self, path: str) -> Response | None:
        person = {"username": OWNER_EMAIL, "email": OWNER_EMAIL}
        told: dict[str, Any] = {
            "/v2/avatars": {"error": None, "data": {"avatars": AVATARS, "talking_photos": PHOTOS}},
            "/v2/voices": {"error": None, "data": {"voices": VOICES}},
            "/v2/user/remaining_quota": {"error": None, "data": {"remaining_quota": 1230, "details": {}}},
            "/v2/templates": {"error": None, "data": {"templates": [{"template_id": "t1", "name": "Launch"}]}},
            "/v2/video_translate/target_languages": {"error": None, "data": {"languages": LANGUAGES}},
            "/v3/video-translations/languages": {"data": {"languages": LANGUAGES}},
            "/v3/avatars/looks": {"data": LOOKS, "has_more": False},
            "/v3/voices": {"data": VOICES, "has_more": False},
            "/v3/users/me": {"data": person | {"billing_type": "wallet", "wallet": {"remaining_balance": 7.5}}},
        }
        return JSONResponse(told[path]) if path in told else None


def _v1_status(job: dict[str, Any]) -> dict[str, Any]:
    """As v1 tells it."""
    facts = {"id": job["id"], "status": job["status"], "callback_id": job["callback_id"], "video_url": job["link"]}
    return facts | {"duration": job["duration"], "error": job.get("error"), "caption_url": job.get("captions")}


def _v3_status(job: dict[str, Any]) -> dict[str, Any]:
    """As v3 tells it, and v2 of translations."""
    facts = {"id": job["id"], "status": job["status"], "title": job["title"], "video_url": job["link"]}
    wrong = job.get("error") or {}
    facts |= {"failure_code": wrong.get("code"), "failure_message": wrong.get("message")}
    facts |= {"captioned_video_url": job.get("captioned"), "subtitle_url": job.get("captions")}
    return facts | {"duration": job["duration"], "created_at": job["created"], "callback_id": job["callback_id"]}


def _submission_response(job: dict[str, Any], path: str) -> Response:
    answers: dict[str, Any] = {
        "/v2/template/t1/generate": {"error": None, "data": {"video_id": job["id"]}},
        "/v2/video/generate": {"error": None, "data": {"video_id": job["id"]}},
        "/v3/videos": {"data": {"video_id": job["id"], "status": "waiting", "output_format": "mp4"}},
        "/v2/video_translate": {"error": None, "data": {"video_translate_id": job["id"]}},
        "/v3/video-translations": {"data": {"video_translation_ids": [job["id"]]}},
    }
    return JSONResponse(answers[path])


def _error_response(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}, "data": None}, status)


def _validator(path: str) -> Draft202012Validator:
    path = path.replace("/t1/", "/{template_id}/")
    return body_validator("heygen-v3" if path.startswith("/v3") else "heygen-v2", path)
