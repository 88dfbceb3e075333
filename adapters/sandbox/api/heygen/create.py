"""POST on a generator: checked, billed and written down in one transaction, then answered.

All generations end in the same job: scenes as v2 spells them, with their files by role.
"""

import asyncio
import hashlib
import math
import secrets
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.contracts import BodySchema
from adapters.sandbox import inspect_media
from adapters.sandbox.api.common import accept_jobs, charge_for, find_by_id, new_job
from adapters.sandbox.api.heygen.presenters import AVATARS, LANGUAGES, PHOTOS, VOICES
from adapters.sandbox.api.heygen.requests_and_errors import (
    HEYGEN_CONVENTIONS,
    apply_create_faults,
    bad_request,
    find_asset,
    find_linked_file,
    heygen_error,
    not_found,
    read_json_object,
    validate_body,
)
from adapters.sandbox.clock import DAY_SECONDS
from adapters.sandbox.context import ApiCall
from adapters.sandbox.inspect_media import UnreadableMedia
from adapters.sandbox.request_pipeline import Operations, apply_answer_faults
from adapters.sandbox.store import jobs
from adapters.sandbox.store.billing import InsufficientCredits
from adapters.sandbox.store.jobs import SandboxJob

operations = Operations()

BILLED_SECONDS, CHARACTERS_PER_SECOND, TRANSLATION_CREDITS = 30.0, 15.0, 3.0
MAX_SOUND_SECONDS = 600.0
_ASPECT_RATIOS = {"16:9": (16, 9), "9:16": (9, 16), "4:5": (4, 5), "5:4": (5, 4), "1:1": (1, 1)}
_SHORT_SIDE_PIXELS = {"720p": 720, "1080p": 1080, "4k": 2160}

FilesByRole = dict[str, Path]


@operations.on("POST", "/v2/video/generate")
async def generate_v2(call: ApiCall) -> Response:
    raw, body = await read_v2_request(call, "/v2/video/generate")
    return await accept_scenes(call, raw, body, body["video_inputs"])


async def accept_scenes(
    call: ApiCall, raw: dict[str, Any], body: Mapping[str, Any], scenes: list[dict[str, Any]]
) -> Response:
    """Make a v2 video of these scenes; a test is free."""
    files: FilesByRole = {}
    for nth, scene in enumerate(scenes):
        files |= await _find_scene_files(call, nth, scene)
    size, captions, free = [body["dimension"]["width"], body["dimension"]["height"]], body["caption"], body["test"]
    notes = {"scenes": scenes, "size": size, "subtitles": captions, "burnt": captions, "free": free}
    job = _new_job(call, "v2", raw, notes)
    await _accept_jobs(call, [job], files, 0.0 if free else await _price_scenes(scenes, files))
    return JSONResponse({"error": None, "data": {"video_id": job.id}})


@operations.on("POST", "/v3/videos")
async def create_v3(call: ApiCall) -> Response:
    """The same Idempotency-Key is answered with the same video for a day."""
    raw = await _read_request(call)
    earlier = await _find_repeated(call, "")
    if earlier is not None:
        return JSONResponse({"data": _accepted_view(earlier)}, 200)
    apply_answer_faults(call.faults, HEYGEN_CONVENTIONS)
    body = validate_body(call, BodySchema("heygen-v3", "/v3/videos"), raw)
    _check_agreement(call, body)
    scene = _scene_of_v3(call, body)
    files = await _find_scene_files(call, 0, scene)
    if "image" in body:
        files["0.photo"] = await _find_source(call, body["image"])
    notes = {
        "scenes": [scene],
        "size": await _frame_size(body, files),
        "format": body["output_format"],
        "subtitles": True,
        "burnt": "style" in body.get("caption", {}),
    }
    job = replace(_new_job(call, "v3", raw, notes), id=await _new_job_id(call, ""))
    await _accept_jobs(call, [job], files, await _price_scenes([scene], files))
    _mark_in_progress(call, "")
    return JSONResponse({"data": _accepted_view(job)}, 200)


@operations.on("POST", "/v2/video_translate")
async def translate_v2(call: ApiCall) -> Response:
    raw, body = await read_v2_request(call, "/v2/video_translate", {"translation"})
    language = _resolve_language(call, body["output_language"])
    linked = body.get("video_url")
    source = await find_linked_file(call, linked) if linked else await _find_video(call, body["video_id"])
    job = _new_job(call, "v2", raw, {"language": language, "subtitles": True}, "translation")
    await _accept_jobs(call, [job], {"source": source} if source else {}, TRANSLATION_CREDITS)
    return JSONResponse({"error": None, "data": {"video_translate_id": job.id}})


@operations.on("POST", "/v3/video-translations")
async def translate_v3(call: ApiCall) -> Response:
    raw = await _read_request(call, {"translation"})
    earlier = await _find_repeated(call, "0")
    if earlier is not None:
        return JSONResponse({"data": {"video_translation_ids": [earlier.id]}})
    apply_answer_faults(call.faults, HEYGEN_CONVENTIONS)
    body = validate_body(call, BodySchema("heygen-v3", "/v3/video-translations"), raw)
    source = await _find_source(call, body["video"])
    new_jobs = []
    for nth, given in enumerate(body["output_languages"]):
        notes = {"language": _resolve_language(call, given), "subtitles": True}
        new_jobs.append(replace(_new_job(call, "v3", raw, notes, "translation"), id=await _new_job_id(call, str(nth))))
    await _accept_jobs(call, new_jobs, {"source": source}, TRANSLATION_CREDITS)
    _mark_in_progress(call, "0")
    return JSONResponse({"data": {"video_translation_ids": [job.id for job in new_jobs]}})


async def read_v2_request(
    call: ApiCall, path: str, features: Set[str] = frozenset()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body of a v2 call as it came, and as its contract completes it."""
    raw = await _read_request(call, features)
    apply_answer_faults(call.faults, HEYGEN_CONVENTIONS)
    return raw, validate_body(call, BodySchema("heygen-v2", path), raw)


async def _read_request(call: ApiCall, features: Set[str] = frozenset()) -> dict[str, Any]:
    """The body as it came; its faults are found, and those that refuse do."""
    raw = await read_json_object(call)
    call.faults += call.context.faults.take_from_texts(_all_texts(raw))
    apply_create_faults(call, call.faults, features)
    return raw


def _all_texts(raw: Any) -> list[str]:
    """Everything in a body that a person may have written."""
    if isinstance(raw, dict):
        return [text for name, each in raw.items() if name != "callback_url" for text in _all_texts(each)]
    if isinstance(raw, list):
        return [text for each in raw for text in _all_texts(each)]
    return [raw] if isinstance(raw, str) else []


def _check_agreement(call: ApiCall, body: Mapping[str, Any]) -> None:
    """What no single field can say."""
    needed = "avatar_id" if body["type"] == "avatar" else "image"
    if needed not in body:
        raise bad_request(call, f"{needed} is required")
    if body["output_format"] == "webm" and "background" in body:
        raise bad_request(call, "webm is transparent and takes no background")


def _scene_of_v3(call: ApiCall, body: Mapping[str, Any]) -> dict[str, Any]:
    """A v3 video as the one scene it is."""
    settings, avatar_id = body["voice_settings"], body.get("avatar_id", "")
    voice = {"type": "audio", "audio_asset_id": body.get("audio_asset_id"), "audio_url": body.get("audio_url")}
    if "script" in body:
        own_avatar = find_by_id(AVATARS, avatar_id)
        ident = body.get("voice_id") or (own_avatar.voice if own_avatar else "")
        if not ident:
            raise bad_request(call, "voice_id is required")
        voice = {"type": "text", "voice_id": ident, "input_text": body["script"]}
        voice |= {name: settings.get(name) for name in ("locale", "speed", "pitch")}
    given = body.get("background", {"type": "color", "value": "#f6f6fc"})
    background = {name: given.get(name) for name in ("type", "value", "url")} | {
        "image_asset_id": given.get("asset_id")
    }
    character = {"type": "avatar", "avatar_id": avatar_id}
    if body["type"] == "image":
        character = {"type": "photo"}
    elif find_by_id(PHOTOS, avatar_id):
        character = {"type": "talking_photo", "talking_photo_id": avatar_id}
    scene = {"character": character, "voice": voice, "background": background}
    return {name: {key: value for key, value in part.items() if value is not None} for name, part in scene.items()}


async def _find_scene_files(call: ApiCall, nth: int, scene: dict[str, Any]) -> FilesByRole:
    """The files of one scene, each role found or refused; who and what speaks must exist."""
    files: FilesByRole = {}
    if photo := await _find_speaker(call, scene.get("character") or {"type": "avatar", "avatar_id": AVATARS[0].id}):
        files[f"{nth}.photo"] = photo
    voice, background = scene["voice"], scene.get("background", {})
    if voice["type"] == "text" and not (find_by_id(VOICES, voice["voice_id"]) or _is_own(call, voice["voice_id"])):
        raise bad_request(call, f"voice {voice['voice_id']} not found", 400116)
    if voice["type"] == "audio" and (path := await _find_file(call, voice, "audio_asset_id", "audio_url")):
        files[f"{nth}.audio"] = path
    key = "video_asset_id" if background.get("type") == "video" else "image_asset_id"
    if path := await _find_file(call, background, key, "url"):
        files[f"{nth}.background"] = path
    return files


async def _find_speaker(call: ApiCall, character: Mapping[str, Any]) -> Path | None:
    """The file of an uploaded photo; nothing for a stock one, which must exist."""
    if character["type"] == "avatar":
        if not (find_by_id(AVATARS, character["avatar_id"]) or _is_own(call, character["avatar_id"])):
            raise bad_request(call, f"avatar {character['avatar_id']} not found", 400144)
        return None
    ident = character.get("talking_photo_id", "")
    if not ident or find_by_id(PHOTOS, ident) or _is_own(call, ident):
        return None
    if path := await call.context.files.find_by_id(ident):
        return path
    raise bad_request(call, f"talking photo {ident} not found", 400174)


def _is_own(call: ApiCall, ident: str) -> bool:
    return ident in call.context.options.own.ids


async def _find_file(call: ApiCall, part: Mapping[str, Any], ident: str, url: str) -> Path | None:
    if _is_own(call, part.get(ident, "")):
        return None
    if part.get(ident):
        return await find_asset(call, part[ident])
    return await find_linked_file(call, part[url]) if part.get(url) else None


async def _find_source(call: ApiCall, given: Mapping[str, Any]) -> Path:
    if given["type"] == "asset_id" and "asset_id" in given:
        return await find_asset(call, given["asset_id"])
    path = await find_linked_file(call, given["url"]) if "url" in given else None
    if path is None:
        raise heygen_error(call, 400, "download_failed", "the sandbox downloads nothing: upload the file")
    return path


async def _find_video(call: ApiCall, ident: str) -> Path | None:
    job = await jobs.find_job(call.context.database, ident)
    if job is None or job.result is None:
        raise not_found(call, "video not found")
    return Path(job.result["path"])


def _resolve_language(call: ApiCall, given: str) -> str:
    names = {name.casefold(): name for name in LANGUAGES}
    found = names.get(given.casefold())
    if found is None:
        raise bad_request(call, f"output language {given} is not supported")
    return found.partition(" (")[0]


async def _frame_size(body: Mapping[str, Any], files: FilesByRole) -> list[int]:
    """The frame: as asked, or in the shape of the given picture."""
    edge = _SHORT_SIDE_PIXELS[body["resolution"]]
    if body["aspect_ratio"] == "auto":
        across, down = (16, 9)
        if "0.photo" in files:
            try:
                seen = await asyncio.to_thread(inspect_media.measure_picture, files["0.photo"])
                across, down = seen.width, seen.height
            except UnreadableMedia:
                pass
    else:
        across, down = _ASPECT_RATIOS[body["aspect_ratio"]]
    scale = edge / min(across, down)
    return [min(round(side * scale / 2) * 2, 3840) for side in (across, down)]


async def _price_scenes(scenes: Sequence[Mapping[str, Any]], files: FilesByRole) -> float:
    """A credit for each started half minute."""
    seconds = 0.0
    for nth, scene in enumerate(scenes):
        voice = scene["voice"]
        if voice["type"] == "text":
            seconds += len(voice["input_text"]) / CHARACTERS_PER_SECOND
        elif voice["type"] == "silence":
            seconds += voice.get("duration", 1.0)
        elif path := files.get(f"{nth}.audio"):
            try:
                seconds += await asyncio.to_thread(inspect_media.media_seconds, path)
            except UnreadableMedia:
                seconds += BILLED_SECONDS
    return float(max(1, math.ceil(seconds / BILLED_SECONDS)))


def _new_job(
    call: ApiCall, version: str, raw: dict[str, Any], notes: dict[str, Any], kind: str = "video"
) -> SandboxJob:
    marks = {"dialect": version, "title": raw.get("title"), "callback_id": raw.get("callback_id")}
    body = {"callback_url": raw.get("callback_url"), "folder_id": raw.get("folder_id")}
    return new_job(call, "heygen", kind, secrets.token_hex(16), body, marks | notes, "processing")


async def _accept_jobs(call: ApiCall, new_jobs: Sequence[SandboxJob], files: FilesByRole, price: float) -> None:
    charges = [charge_for(job, job.notes["callback_id"], job.notes["title"], price) for job in new_jobs if price]
    try:
        await accept_jobs(call, new_jobs, {role: (path, path.name) for role, path in files.items()}, charges)
    except InsufficientCredits:
        raise heygen_error(call, 402, "insufficient_credit", "insufficient credit", 400118) from None


def _accepted_view(job: SandboxJob) -> dict[str, Any]:
    return {"video_id": job.id, "status": "waiting", "output_format": job.notes.get("format", "mp4")}


async def _find_repeated(call: ApiCall, suffix: str) -> SandboxJob | None:
    """The job that this Idempotency-Key has made within a day; refused while its first call is still running."""
    ident = _id_from_key(call, suffix)
    if call.context.clock() < call.context.in_progress.get(ident or "", 0.0):
        raise heygen_error(call, 409, "request_in_progress", "a request with this Idempotency-Key is still in progress")
    job = await jobs.find_job(call.context.database, ident) if ident else None
    return job if job and call.context.clock() - job.created < DAY_SECONDS else None


def _mark_in_progress(call: ApiCall, suffix: str) -> None:
    """Until its answer is sent, other calls with the same key are refused."""
    late = sum(fault.seconds for fault in call.faults if fault.name == "late")
    if late and (ident := _id_from_key(call, suffix)):
        call.context.in_progress[ident] = call.context.clock() + late


async def _new_job_id(call: ApiCall, suffix: str) -> str:
    """An id that follows from the key, so that two calls with one key can never make two jobs."""
    ident = _id_from_key(call, suffix)
    if ident is None or await jobs.find_job(call.context.database, ident):
        return secrets.token_hex(16)
    return ident


def _id_from_key(call: ApiCall, suffix: str) -> str | None:
    key = call.request.headers.get("idempotency-key")
    if not key:
        return None
    return hashlib.sha256(f"{call.request.url.path}\n{key}\n{suffix}".encode()).hexdigest()[:32]
