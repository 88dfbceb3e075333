"""Behaves like D-ID over real HTTP: checks what it is sent, keeps what it was asked, and fails as it is told to."""

from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.vendor import VIDEO, Vendor

KEY = "aW52ZW50ZWQ=:invented-secret"
PRIVATE = "canary-owner@example.invalid"
GENERATORS = ("talks", "animations", "expressives", "videos", "clips", "scenes", "translations")
PREFIX = {"talks": "tlk", "animations": "anm", "clips": "clp", "expressives": "exp", "translations": "trs"}
SCHEMAS = Path(__file__).parents[1] / "adapters" / "did" / "schemas.yml"

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
        "owner_id": PRIVATE,
    },
    {"id": "Amy", "name": "Amy", "gender": "female", "access": "public", "provider": "amazon"},
    {"id": "Amy", "name": "Amy", "gender": "female", "access": "public", "provider": "google"},
]
SENTIMENTS = [
    {"id": "snt_pro", "sentiment": "Professional", "voice": {"type": "elevenlabs", "voice_id": "v-pro"}},
    {"id": "snt_exc", "sentiment": "Excited", "preview_url": "https://a/excited.mp4"},
]
AVATARS = [
    {"id": "public_mia@avt_1", "name": "Mia", "gender": "female", "owner_id": PRIVATE, "sentiments": SENTIMENTS},
    {"id": "public_leo@avt_2", "name": "Léo", "gender": "male", "sentiments": []},
]
CLIPS = [
    {"presenter_id": f"amy-{number}", "name": "Amy" if number == 1 else f"Nr {number}"} for number in range(1, 151)
]
SCENES = [
    {"id": "avt_new", "name": "Unready", "status": "training-started"},
    {"id": "avt_me", "name": "Myself", "status": "done"},
]


class DidServer(Vendor):
    """One account at D-ID."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self.jobs: dict[str, list[dict[str, Any]]] = {path: [] for path in GENERATORS}
        self.unserved: set[str] = {"videos"}
        self.lists_show: set[str] = {"user_data", "name", "source_url"}
        self.gets_show: set[str] = {"user_data", "name", "source_url"}
        self.faces: Any = [{"top_left": [1, 1], "size": 9}]
        self.credits: Any = {"remaining": 40, "total": 100, "credits": []}

    def counted(self) -> Counter[str]:
        """How often each kind of call came."""
        return Counter(f"{each.method} {each.path.split('/')[1]}" for each in self.asked)

    def finish(self, path: str, ident: str = "", **facts: Any) -> None:
        """Let a job end, done unless the facts say otherwise."""
        for job in self.jobs[path]:
            if ident in ("", job["id"]):
                name = f"{job['id']}-{len(self.files)}.mp4"
                self.files[name] = VIDEO
                link = f"{self.url}/files/{name}?Signature=canary-signature"
                job.update({"status": "done", "result_url": link, "duration": 3} | facts)

    def someone_else(self, path: str, **facts: Any) -> None:
        """A job that another program submitted."""
        self._make(path, {"user_data": "another", "name": "another", "source_url": "s3://b/x.jpg"} | facts)

    def _serve(self, request: Request, body: Any) -> Response:
        expected = "Basic " + b64encode(KEY.encode()).decode()
        if request.headers.get("authorization") != expected:
            return _error(401, "AuthorizationError", "user unauthenticated")
        parts = request.url.path.strip("/").split("/")
        if parts[0] in self.unserved:
            return JSONResponse({"message": "Missing Authentication Token"}, 403)
        if found := self._catalogue("/".join(parts), request.query_params):
            return found
        if parts[0] in ("images", "audios") and request.method == "DELETE":
            return Response(status_code=204)
        if parts[0] in ("images", "audios"):
            return self._upload(parts[0], body)
        if parts[0] not in self.jobs:
            return _error(404, "NotFoundError", "not found")
        return self._generator(request, parts, body)

    def _generator(self, request: Request, parts: list[str], body: Any) -> Response:
        path, *rest = parts
        if request.method == "POST":
            return self._create(path, body)
        if not rest:
            return self._list(path, request.query_params)
        job = next((each for each in self.jobs[path] if each["id"] == rest[0]), None)
        if job is None:
            return _error(404, "NotFoundError", "not found")
        if request.method == "GET":
            return JSONResponse(_shown(job, self.gets_show))
        if job["status"] in ("created", "started"):
            return _error(409, "NotReadyError", "the job is in process, try again later")
        self.jobs[path].remove(job)
        return Response(status_code=204) if path in ("expressives", "scenes") else JSONResponse(_shown(job, set()))

    def _create(self, path: str, body: Any) -> Response:
        fault = next(iter(validator(path).iter_errors(body)), None)
        if fault:
            return _error(400, "BadRequestError", fault.message[:200])
        job = self._make(path, body)
        told = {key: job[key] for key in ("id", "status", "created_at")}
        return JSONResponse({"translations": [told]} if path == "translations" else told, 201)

    def _make(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        ident = f"{PREFIX.get(path, 'x')}_{len(self.jobs[path]) + 1}"
        job: dict[str, Any] = {"id": ident, "status": "created", "created_at": stamp(self.now())}
        job |= {"user": {"email": PRIVATE, "stripe": PRIVATE}, "created_by": PRIVATE, "owner_id": PRIVATE}
        job |= {key: body[key] for key in ("user_data", "name") if key in body}
        source = body.get("source_url", "")
        if source and path in ("talks", "animations"):
            job["source_url"] = f"https://b/{ident}/source/{source.rpartition('/')[2]}?X-Signature=canary-signature"
        if path == "translations":
            job["name"] = f"{source.rpartition('/')[2].rpartition('.')[0]}-french"
        self.jobs[path].append(job)
        return job

    def _list(self, path: str, query: Any) -> Response:
        rows = self.jobs[path][::-1]
        start, limit = int(query.get("token") or 0), int(query.get("limit") or 100)
        page: dict[str, Any] = {path: [_shown(job, self.lists_show) for job in rows[start : start + limit]]}
        if start + limit < len(rows):
            page["token"] = str(start + limit)
        return JSONResponse(page)

    def _catalogue(self, path: str, query: Any) -> Response | None:
        if path == "credits":
            return _error(404, "NotFoundError", "no credits") if self.credits is None else JSONResponse(self.credits)
        if path == "clips/presenters":
            start = int(query.get("token") or 0)
            page: dict[str, Any] = {"presenters": CLIPS[start : start + 100]}
            return JSONResponse(page | ({"token": str(start + 100)} if start + 100 < len(CLIPS) else {}))
        told: dict[str, Any] = {
            "tts/voices": VOICES,
            "expressives/avatars": {"avatars": AVATARS},
            "scenes/avatars": {"avatars": SCENES},
            "clips/presenters/amy-1/drivers": {"clips_drivers": [{"driver_id": "drv_1", "name": "Calm"}]},
        }
        return JSONResponse(told[path]) if path in told else None

    def _upload(self, path: str, body: dict[str, Any]) -> Response:
        name, content = body["image" if path == "images" else "audio"]
        if not content:
            return _error(400, "InvalidFileSizeError", "empty")
        ident = len(self.asked)
        if path == "audios":
            return JSONResponse({"id": f"aud_{ident}", "url": f"s3://b/{ident}/audio.wav", "duration": 2}, 201)
        faces = self.faces if body.get("detect_faces") == "true" else None
        told = {"id": f"img_{ident}", "url": f"s3://b/{ident}/{name}", "faces": faces}
        return JSONResponse(told, 201)


def _shown(job: dict[str, Any], marks: set[str]) -> dict[str, Any]:
    hidden = {"user_data", "name", "source_url"} - marks
    return {key: value for key, value in job.items() if key not in hidden}


def _error(status: int, kind: str, description: str) -> Response:
    return JSONResponse({"kind": kind, "description": description}, status)


def stamp(seconds: float) -> str:
    """A moment as D-ID writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def validator(path: str) -> Draft202012Validator:
    """What a generator takes."""
    known = yaml.safe_load(SCHEMAS.read_text("utf-8"))
    return Draft202012Validator(known[path] | {"$defs": known["$defs"]})
