"""Behaves like D-ID over real HTTP: checks what it is sent, keeps what it was asked, and fails as it is told to."""

from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.vendors.contract_check import body_validator
from tests.fakes.vendors.vendor_server import SAMPLE_VIDEO, FakeVendor

DID_KEY = "aW52ZW50ZWQ=:invented-secret"
OWNER_EMAIL = "canary-owner@example.invalid"
GENERATORS = ("talks", "animations", "expressives", "videos", "clips", "scenes", "translations")
ID_PREFIXES = {"talks": "tlk", "animations": "anm", "clips": "clp", "expressives": "exp", "translations": "trs"}

VOICES: list[dict[str, Any]] = [
    {
        "id": "en-US-SaraNeural",
        "name": "Sara",
        "gender": "female",
        "access": "public",
        "provider": "microsoft",
        "languages": [{"language": "English (United States)", "locale": "en-US", "previewUrl": "https://a/sara.mp3"}],
        "styles": ["Cheerful", "Sad"],
    },
    {
        "id": "fr-FR-ÉloïseNeural",
        "name": "Éloïse",
        "gender": "female",
        "access": "public",
        "provider": "microsoft",
        "languages": [{"code": "fr-FR", "name": "French (France)"}],
        "styles": [],
    },
    {
        "id": "21m00Tcm4TlvDq8ikWAM",
        "name": "Rachel",
        "gender": "female",
        "access": "external-private",
        "provider": "elevenlabs",
        "languages": [{"language": "English", "locale": "en"}, {"language": "French", "locale": "fr"}],
        "styles": [],
        "config": {"modelId": "eleven_multilingual_v2"},
        "owner_id": OWNER_EMAIL,
    },
    {"id": "Amy", "name": "Amy", "gender": "female", "access": "public", "provider": "amazon"},
    {"id": "Amy", "name": "Amy", "gender": "female", "access": "public", "provider": "google"},
]
SENTIMENTS = [
    {"id": "snt_pro", "sentiment": "Professional", "voice": {"type": "elevenlabs", "voice_id": "v-pro"}},
    {"id": "snt_exc", "sentiment": "Excited", "preview_url": "https://a/excited.mp4"},
]
AVATARS = [
    {"id": "public_mia@avt_1", "name": "Mia", "gender": "female", "owner_id": OWNER_EMAIL, "sentiments": SENTIMENTS},
    {"id": "public_leo@avt_2", "name": "Léo", "gender": "male", "sentiments": []},
]
CLIP_PRESENTERS = [
    {"presenter_id": f"amy-{number}", "name": "Amy" if number == 1 else f"Nr {number}"} for number in range(1, 151)
]
SCENE_AVATARS = [
    {"id": "avt_new", "name": "Unready", "status": "training-started"},
    {"id": "avt_me", "name": "Myself", "status": "done"},
]


class DidServer(FakeVendor):
    """One account at D-ID."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self.jobs: dict[str, list[dict[str, Any]]] = {path: [] for path in GENERATORS}
        self.missing_paths: set[str] = {"videos"}
        self.list_fields: set[str] = {"user_data", "name", "source_url"}
        self.get_fields: set[str] = {"user_data", "name", "source_url"}
        self.faces: Any = [{"top_left": [1, 1], "size": 9}]
        self.credits: Any = {"remaining": 40, "total": 100, "credits": []}

    def count_calls(self) -> Counter[str]:
        """How often each kind of call came."""
        return Counter(f"{each.method} {each.path.split('/')[1]}" for each in self.received_calls)

    def finish_jobs(self, path: str, ident: str = "", **facts: Any) -> None:
        """Let a job end, done unless the facts say otherwise."""
        for job in self.jobs[path]:
            if ident in ("", job["id"]):
                name = f"{job['id']}-{len(self.files)}.mp4"
                self.files[name] = SAMPLE_VIDEO
                link = f"{self.url}/files/{name}?Signature=canary-signature"
                job.update({"status": "done", "result_url": link, "duration": 3} | facts)

    def add_foreign_job(self, path: str, **facts: Any) -> None:
        """A job that another program submitted."""
        self._add_job(path, {"user_data": "another", "name": "another", "source_url": "s3://b/x.jpg"} | facts)

    def _serve(self, request: Request, body: Any) -> Response:
        expected = "Basic " + b64encode(DID_KEY.encode()).decode()
        if request.headers.get("authorization") != expected:
            return _error_response(401, "AuthorizationError", "user unauthenticated")
        parts = request.url.path.strip("/").split("/")
        if parts[0] in self.missing_paths:
            return JSONResponse({"message": "Missing Authentication Token"}, 403)
        if found := self._serve_catalogue("/".join(parts), request.query_params):
            return found
        if parts[0] in ("images", "audios") and request.method == "DELETE":
            return Response(status_code=204)
        if parts[0] in ("images", "audios"):
            return self._accept_upload(parts[0], body)
        if parts[0] not in self.jobs:
            return _error_response(404, "NotFoundError", "not found")
        return self._serve_generator(request, parts, body)

    def _serve_generator(self, request: Request, parts: list[str], body: Any) -> Response:
        path, *rest = parts
        if request.method == "POST":
            return self._create_job(path, body)
        if not rest:
            return self._list_jobs(path, request.query_params)
        job = next((each for each in self.jobs[path] if each["id"] == rest[0]), None)
        if job is None:
            return _error_response(404, "NotFoundError", "not found")
        if request.method == "GET":
            return JSONResponse(_visible_fields(job, self.get_fields))
        if job["status"] in ("created", "started"):
            return _error_response(409, "NotReadyError", "the job is in process, try again later")
        self.jobs[path].remove(job)
        return (
            Response(status_code=204)
            if path in ("expressives", "scenes")
            else JSONResponse(_visible_fields(job, set()))
        )

    def _create_job(self, path: str, body: Any) -> Response:
        fault = next(iter(body_validator("did", f"/{path}").iter_errors(body)), None)
        if fault:
            return _error_response(400, "BadRequestError", fault.message[:200])
        job = self._add_job(path, body)
        told = {key: job[key] for key in ("id", "status", "created_at")}
        return JSONResponse({"translations": [told]} if path == "translations" else told, 201)

    def _add_job(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        ident = f"{ID_PREFIXES.get(path, 'x')}_{len(self.jobs[path]) + 1}"
        job: dict[str, Any] = {"id": ident, "status": "created", "created_at": format_time(self.now())}
        job |= {
            "user": {"email": OWNER_EMAIL, "stripe": OWNER_EMAIL},
            "created_by": OWNER_EMAIL,
            "owner_id": OWNER_EMAIL,
        }
        job |= {key: body[key] for key in ("user_data", "name") if key in body}
        source = body.get("source_url", "")
        if source and path in ("talks", "animations"):
            job["source_url"] = f"https://b/{ident}/source/{source.rpartition('/')[2]}?X-Signature=canary-signature"
        if path == "translations":
            job["name"] = f"{source.rpartition('/')[2].rpartition('.')[0]}-french"
        self.jobs[path].append(job)
        return job

    def _list_jobs(self, path: str, query: Any) -> Response:
        rows = self.jobs[path][::-1]
        start, limit = int(query.get("token") or 0), int(query.get("limit") or 100)
        page: dict[str, Any] = {path: [_visible_fields(job, self.list_fields) for job in rows[start : start + limit]]}
        if start + limit < len(rows):
            page["token"] = str(start + limit)
        return JSONResponse(page)

    def _serve_catalogue(self, path: str, query: Any) -> Response | None:
        if path == "credits":
            return (
                _error_response(404, "NotFoundError", "no credits")
                if self.credits is None
                else JSONResponse(self.credits)
            )
        if path == "clips/presenters":
            start = int(query.get("token") or 0)
            page: dict[str, Any] = {"presenters": CLIP_PRESENTERS[start : start + 100]}
            return JSONResponse(page | ({"token": str(start + 100)} if start + 100 < len(CLIP_PRESENTERS) else {}))
        told: dict[str, Any] = {
            "tts/voices": VOICES,
            "expressives/avatars": {"avatars": AVATARS},
            "scenes/avatars": {"avatars": SCENE_AVATARS},
            "clips/presenters/amy-1/drivers": {"clips_drivers": [{"driver_id": "drv_1", "name": "Calm"}]},
        }
        return JSONResponse(told[path]) if path in told else None

    def _accept_upload(self, path: str, body: dict[str, Any]) -> Response:
        name, content = body["image" if path == "images" else "audio"]
        if not content:
            return _error_response(400, "InvalidFileSizeError", "empty")
        ident = len(self.received_calls)
        if path == "audios":
            return JSONResponse({"id": f"aud_{ident}", "url": f"s3://b/{ident}/audio.wav", "duration": 2}, 201)
        faces = self.faces if body.get("detect_faces") == "true" else None
        told = {"id": f"img_{ident}", "url": f"s3://b/{ident}/{name}", "faces": faces}
        return JSONResponse(told, 201)


def _visible_fields(job: dict[str, Any], marks: set[str]) -> dict[str, Any]:
    hidden = {"user_data", "name", "source_url"} - marks
    return {key: value for key, value in job.items() if key not in hidden}


def _error_response(status: int, kind: str, description: str) -> Response:
    return JSONResponse({"kind": kind, "description": description}, status)


def format_time(seconds: float) -> str:
    """A moment as D-ID writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
