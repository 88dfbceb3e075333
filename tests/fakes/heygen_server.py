"""Behaves like HeyGen, v1 to v3, over real HTTP: checks what it is sent, keeps what it was asked, and fails as told."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from tests.fakes.vendor import VIDEO, Asked, Vendor

KEY = "invented-heygen-key"
PRIVATE = "canary-owner@example.invalid"
SCHEMAS = Path(__file__).parents[1] / "adapters" / "heygen" / "schemas.yml"

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


BLANKS = {
    "name": {"name": "name", "type": "text", "properties": {"content": ""}},
    "slogan": {"name": "slogan", "type": "text", "properties": {"content": "Onwards"}},
    "logo": {"name": "logo", "type": "image", "properties": {"url": "https://example.com/l.png", "fit": "cover"}},
    "clip": {"name": "clip", "type": "video", "properties": {"url": None}},
    "jingle": {"name": "jingle", "type": "audio", "properties": {"url": None}},
    "host": {"name": "host", "type": "character", "properties": {"character_id": "Bernd_1", "type": "avatar"}},
    "tone": {"name": "tone", "type": "voice", "properties": {"voice_id": "v-own"}},
}


class HeygenServer(Vendor):
    """One account at HeyGen."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self.jobs: list[dict[str, Any]] = []
        self.keys: dict[str, str] = {}
        self.unserved: tuple[str, ...] = ()  # generations that answer as gone
        self.closed: tuple[str, ...] = ()  # single operations that answer as gone
        self.retired: Any = None  # … and in which words
        self.endpoints: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.marks = True  # statuses show callback ids
        self.photos = 0
        self.ripening: dict[str, int] = {}  # photo avatars, and how often they are still to be asked for
        self.photos_most = 3
        self.longest = 5000

    def paid(self) -> list[Asked]:
        """The paid calls."""
        paths = (
            "/v2/template/t1/generate",
            "/v2/video/generate",
            "/v3/videos",
            "/v2/video_translate",
            "/v3/video-translations",
        )
        return [each for each in self.asked if each.method == "POST" and each.path in paths]

    def finish(self, ident: str = "", **facts: Any) -> None:
        """Let a job end, done unless the facts say otherwise."""
        for job in self.jobs:
            if ident in ("", job["id"]):
                name = f"{job['id']}-{len(self.files)}.mp4"
                self.files[name] = VIDEO
                job.update({"status": "completed", "link": f"{self.url}/files/{name}", "duration": 3.5} | facts)

    def _serve(self, request: Request, body: Any) -> Response:
        if request.headers.get("x-api-key") != KEY:
            return _error(401, "unauthorized", "Unauthorized")
        path = request.url.path
        if path[1:3] in self.unserved or path.startswith(self.closed or ("-",)):
            return JSONResponse(*self.retired) if self.retired else HTMLResponse("404 page not found", 404)
        if path == "/v3/avatars/looks" and int(request.query_params.get("limit", 20)) > 50:
            return _error(400, "invalid_parameter", "limit must be at most 50")
        told = self._catalogue(path)
        if told is not None:
            return told
        if request.method == "POST":
            return self._post(request, path, body)
        return self._get(request, path)

    def _post(self, request: Request, path: str, body: Any) -> Response:
        match path:
            case "/v1/asset" | "/v3/assets":
                data = {"id": f"as_{len(self.asked)}", "asset_id": f"as_{len(self.asked)}", "url": f"{self.url}/a.mp4"}
                data |= {"image_key": f"image/{len(self.asked)}/original"}
                return JSONResponse({"code": 100, "data": data} if path[1:3] == "v1" else {"data": data})
            case "/v1/talking_photo":
                self.photos += 1
                if self.photos > self.photos_most:
                    self.photos -= 1
                    message = "You have exceeded your limit of 3 photo avatars"
                    return JSONResponse({"code": 400665, "message": message, "data": None}, 400)
                return JSONResponse({"code": 100, "data": {"talking_photo_id": f"tp_{len(self.asked)}"}})
            case "/v2/photo_avatar/avatar_group/create":
                ident = f"pa_{body['image_key'].split('/')[1]}"
                self.ripening[ident] = 2
                return JSONResponse({"error": None, "data": {"id": ident, "status": "pending"}})
            case "/v2/video/generate" | "/v2/template/t1/generate":
                return self._create(request, body, "GENERATED")
            case "/v3/videos" | "/v3/video-translations":
                return self._once(request, body)
            case "/v2/video_translate":
                return self._create(request, body, "TRANSLATED")
            case "/v3/webhooks/endpoints":
                made = {"endpoint_id": "ep_1", "url": body["url"], "secret": "invented-secret"}
                self.endpoints.append({name: value for name, value in made.items() if name != "secret"})
                return JSONResponse({"data": made})
        return _error(404, "not_found", "not found")

    def _once(self, request: Request, body: Any) -> Response:
        key = request.headers.get("idempotency-key", "")
        known = next((job for job in self.jobs if key and job["key"] == key), None)
        kind = "TRANSLATED" if "translations" in request.url.path else "GENERATED"
        return _told(known, request.url.path) if known else self._create(request, body, kind)

    def _create(self, request: Request, body: Any, kind: str) -> Response:
        path = request.url.path
        fault = next(iter(validator(path).iter_errors(body)), None)
        if fault:
            return _error(400, "invalid_parameter", f"{'.'.join(map(str, fault.path))}: {fault.message[:200]}")
        texts = [scene["voice"].get("input_text", "") for scene in body.get("video_inputs", [])]
        if any(len(text) > self.longest for text in texts):
            return _error(400, "invalid_parameter", f"input_text exceeds {self.longest} characters")
        job = {"id": f"vid{len(self.jobs) + 1:03}", "status": "waiting", "created": int(self.now()), "type": kind}
        job |= {"title": body.get("title"), "callback_id": body.get("callback_id"), "body": body}
        job |= {"key": request.headers.get("idempotency-key", ""), "link": None, "duration": None}
        self.jobs.append(job)
        return _told(job, path)

    def _get(self, request: Request, path: str) -> Response:
        query = request.query_params
        if side := self._aside(path):
            return side
        match path:
            case "/v1/video_status.get":
                return self._one(query["video_id"], _status)
            case "/v1/video.list":
                return self._list(query)
            case "/v1/video.delete":
                return self._delete(query["video_id"])
            case "/v3/videos" | "/v3/video-translations":
                found = [job for job in self.jobs[::-1] if query.get("title", "") in str(job["title"])]
                return JSONResponse({"data": [_card(job) for job in found], "has_more": False})
            case "/v3/videos/statuses":
                wanted = query["video_ids"].split(",")
                assert len(wanted) <= 100
                rows = [{"video_id": job["id"], "status": job["status"]} for job in self.jobs if job["id"] in wanted]
                known = {row["video_id"] for row in rows}
                rows += [{"video_id": each, "status": "not_found"} for each in wanted if each not in known]
                return JSONResponse({"data": rows})
        match = re.fullmatch(r"/v[23]/(videos|video-translations|video_translate|talking_photo)/([^/]+)", path)
        if match and request.method == "DELETE":
            self.photos -= match[1] == "talking_photo"
            return JSONResponse({"data": {}}) if match[1] == "talking_photo" else self._delete(match[2])
        return self._one(match[2], _card) if match else _error(404, "not_found", "not found")

    def _aside(self, path: str) -> Response | None:
        """What is read besides videos: templates, photos that ripen, endpoints and what was told to them."""
        match path:
            case "/v2/template/t1":
                return JSONResponse({"error": None, "data": {"variables": BLANKS}})
            case "/v3/webhooks/endpoints":
                return JSONResponse({"data": self.endpoints, "has_more": False})
            case "/v3/webhooks/events":
                return JSONResponse({"data": self.events, "has_more": False})
        ident = path.removeprefix("/v2/photo_avatar/")
        if ident == path:
            return None
        self.ripening[ident] -= 1
        word = "pending" if self.ripening[ident] > 0 else "completed"
        return JSONResponse({"error": None, "data": {"id": ident, "status": word}})

    def _unmarked(self, shown: dict[str, Any]) -> dict[str, Any]:
        return shown if self.marks else {name: value for name, value in shown.items() if name != "callback_id"}

    def _one(self, ident: str, draw: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
        job = next((each for each in self.jobs if each["id"] == ident), None)
        if job is None:
            return _error(404, "not_found", "video not found")
        shown = self._unmarked(draw(job))
        return JSONResponse({"code": 100, "data": shown} if draw is _status else {"data": shown})

    def _list(self, query: Any) -> Response:
        rows, start = self.jobs[::-1], int(query.get("token") or 0)
        page = [
            {"video_id": job["id"], "status": job["status"], "created_at": job["created"], "type": job["type"]}
            for job in rows[start : start + 100]
        ]
        token = str(start + 100) if start + 100 < len(rows) else None
        return JSONResponse({"code": 100, "data": {"videos": page, "token": token}})

    def _delete(self, ident: str) -> Response:
        known = [job for job in self.jobs if job["id"] == ident]
        if not known:
            return _error(404, "not_found", "video not found")
        self.jobs.remove(known[0])
        return JSONResponse({"code": 100, "data": None})

    def _catalogue(self, path: str) -> Response | None:
        person = {"username": PRIVATE, "email": PRIVATE}
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


def _status(job: dict[str, Any]) -> dict[str, Any]:
    """As v1 tells it."""
    facts = {"id": job["id"], "status": job["status"], "callback_id": job["callback_id"], "video_url": job["link"]}
    return facts | {"duration": job["duration"], "error": job.get("error"), "caption_url": job.get("captions")}


def _card(job: dict[str, Any]) -> dict[str, Any]:
    """As v3 tells it, and v2 of translations."""
    facts = {"id": job["id"], "status": job["status"], "title": job["title"], "video_url": job["link"]}
    wrong = job.get("error") or {}
    facts |= {"failure_code": wrong.get("code"), "failure_message": wrong.get("message")}
    facts |= {"captioned_video_url": job.get("captioned"), "subtitle_url": job.get("captions")}
    return facts | {"duration": job["duration"], "created_at": job["created"], "callback_id": job["callback_id"]}


def _told(job: dict[str, Any], path: str) -> Response:
    answers: dict[str, Any] = {
        "/v2/template/t1/generate": {"error": None, "data": {"video_id": job["id"]}},
        "/v2/video/generate": {"error": None, "data": {"video_id": job["id"]}},
        "/v3/videos": {"data": {"video_id": job["id"], "status": "waiting", "output_format": "mp4"}},
        "/v2/video_translate": {"error": None, "data": {"video_translate_id": job["id"]}},
        "/v3/video-translations": {"data": {"video_translation_ids": [job["id"]]}},
    }
    return JSONResponse(answers[path])


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}, "data": None}, status)


def validator(path: str) -> Draft202012Validator:
    """What a paid call takes."""
    known = yaml.safe_load(SCHEMAS.read_text("utf-8"))
    return Draft202012Validator(known[path] | {"$defs": known["$defs"]})
