"""POST on a generator: checked, billed and written down in one transaction, then answered.

All generations end in the same job: scenes as v2 spells them, with their files by role.
"""

import asyncio
import hashlib
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox import inspect_media
from adapters.sandbox.api.heygen import bodies
from adapters.sandbox.api.heygen.auth_and_errors import HeygenManners, bad, said, strike, unknown
from adapters.sandbox.api.heygen.presenters import AVATARS, LANGUAGES, avatar, photo, speaker
from adapters.sandbox.api.heygen.request_parsing import asset, checked, json_object, linked
from adapters.sandbox.clock import DAY
from adapters.sandbox.context import Call
from adapters.sandbox.inspect_media import Unreadable
from adapters.sandbox.request_pipeline import strike_written
from adapters.sandbox.store import jobs
from adapters.sandbox.store.billing import Charge, NoCredit
from adapters.sandbox.store.jobs import Job

UNIT, PACE, TRANSLATED = 30.0, 15.0, 3.0
LONGEST_SOUND = 600.0
_TURNED = {"16:9": (16, 9), "9:16": (9, 16), "4:5": (4, 5), "5:4": (5, 4), "1:1": (1, 1)}
_EDGE = {"720p": 720, "1080p": 1080, "4k": 2160}

Files = dict[str, Path]


async def generate(call: Call) -> Response:
    """POST /v2/video/generate."""
    raw = await begun(call, set())
    if struck := strike_written(call.faults, HeygenManners()):
        return struck
    body = checked(call, bodies.Generate, raw)
    scenes = [scene.model_dump(mode="json", exclude_none=True) for scene in body.video_inputs]
    files: Files = {}
    for nth, scene in enumerate(scenes):
        files |= await scene_files(call, nth, scene)
    size = [body.dimension.width, body.dimension.height]
    wanted = {"scenes": scenes, "size": size, "subtitles": body.caption, "burnt": body.caption}
    job = job_of(call, "v2", raw, wanted | {"free": body.test})
    await accept(call, [job], files, 0.0 if body.test else await price(scenes, files))
    return JSONResponse({"error": None, "data": {"video_id": job.id}})


async def make(call: Call) -> Response:
    """POST /v3/videos; the same Idempotency-Key is answered with the same video for a day."""
    raw = await begun(call, set())
    known = await _repeated(call, "")
    if known is not None:
        return JSONResponse({"data": _accepted(known)}, 200)
    if struck := strike_written(call.faults, HeygenManners()):
        return struck
    body = checked(call, bodies.Video, raw)
    scene = _as_scene(call, body)
    files = await scene_files(call, 0, scene)
    if body.image:
        files["0.photo"] = await _given(call, body.image)
    caption = body.caption
    wanted = {
        "scenes": [scene],
        "size": await _sides(body, files),
        "format": body.output_format,
        "subtitles": True,
        "burnt": bool(caption and caption.style),
    }
    job = replace(job_of(call, "v3", raw, wanted), id=await _named(call, ""))
    await accept(call, [job], files, await price([scene], files))
    _answered_late(call, "")
    return JSONResponse({"data": _accepted(job)}, 200)


async def translate(call: Call) -> Response:
    """POST /v2/video_translate."""
    raw = await begun(call, {"translation"})
    if struck := strike_written(call.faults, HeygenManners()):
        return struck
    body = checked(call, bodies.Translate, raw)
    language = _language(call, body.output_language)
    source = await linked(call, body.video_url) if body.video_url else await _made(call, body.video_id or "")
    job = job_of(call, "v2", raw, {"language": language, "subtitles": True}, "translation")
    await accept(call, [job], {"source": source} if source else {}, TRANSLATED)
    return JSONResponse({"error": None, "data": {"video_translate_id": job.id}})


async def translate_all(call: Call) -> Response:
    """POST /v3/video-translations: one job for each language."""
    raw = await begun(call, {"translation"})
    known = await _repeated(call, "0")
    if known is not None:
        return JSONResponse({"data": {"video_translation_ids": [known.id]}})
    if struck := strike_written(call.faults, HeygenManners()):
        return struck
    body = checked(call, bodies.Translations, raw)
    source = await _given(call, body.video)
    made = []
    for nth, given in enumerate(body.output_languages):
        notes = {"language": _language(call, given), "subtitles": True}
        made.append(replace(job_of(call, "v3", raw, notes, "translation"), id=await _named(call, str(nth))))
    await accept(call, made, {"source": source}, TRANSLATED)
    _answered_late(call, "0")
    return JSONResponse({"data": {"video_translation_ids": [job.id for job in made]}})


async def begun(call: Call, features: set[str]) -> dict[str, Any]:
    """The body as it came; its faults are found, and those that refuse do."""
    raw = await json_object(call)
    call.faults += call.house.faults.first(_texts(raw))
    strike(call, call.faults, features)
    return raw


def _texts(raw: Any) -> list[str]:
    """Everything in a body that a person may have written."""
    if isinstance(raw, dict):
        return [text for name, each in raw.items() if name != "callback_url" for text in _texts(each)]
    if isinstance(raw, list):
        return [text for each in raw for text in _texts(each)]
    return [raw] if isinstance(raw, str) else []


def _as_scene(call: Call, body: bodies.Video) -> dict[str, Any]:
    """A v3 video as the one scene it is."""
    manner = body.voice_settings
    voice: dict[str, Any] = {"type": "audio", "audio_asset_id": body.audio_asset_id, "audio_url": body.audio_url}
    if body.script:
        own = avatar(body.avatar_id or "")
        ident = body.voice_id or (own.voice if own else "")
        if not ident:
            raise bad(call, "voice_id is required")
        voice = {"type": "text", "voice_id": ident, "input_text": body.script, "locale": manner.locale}
        voice |= {"speed": manner.speed, "pitch": manner.pitch}
    behind = body.background or bodies.Behind(type="color", value="#f6f6fc")
    background = {"type": behind.type, "value": behind.value, "url": behind.url, "image_asset_id": behind.asset_id}
    character = {"type": "avatar", "avatar_id": body.avatar_id}
    if body.type == "image":
        character = {"type": "photo"}
    elif photo(body.avatar_id or ""):
        character = {"type": "talking_photo", "talking_photo_id": body.avatar_id}
    scene = {"character": character, "voice": voice, "background": background}
    return {name: {key: value for key, value in part.items() if value is not None} for name, part in scene.items()}


async def scene_files(call: Call, nth: int, scene: dict[str, Any]) -> Files:
    """The files of one scene, each role found or refused; who and what speaks must exist."""
    files: Files = {}
    character = scene.get("character") or {"type": "avatar", "avatar_id": AVATARS[0].id}
    if character["type"] == "avatar" and avatar(character["avatar_id"]) is None:
        raise bad(call, f"avatar {character['avatar_id']} not found", 400144)
    if character["type"] == "talking_photo" and photo(character["talking_photo_id"]) is None:
        path = await call.house.keeping.held(character["talking_photo_id"])
        if path is None:
            raise bad(call, f"talking photo {character['talking_photo_id']} not found", 400174)
        files[f"{nth}.photo"] = path
    voice, background = scene["voice"], scene.get("background", {})
    if voice["type"] == "text" and speaker(voice["voice_id"]) is None:
        raise bad(call, f"voice {voice['voice_id']} not found", 400116)
    if voice["type"] == "audio" and (path := await _either(call, voice, "audio_asset_id", "audio_url")):
        files[f"{nth}.audio"] = path
    key = "video_asset_id" if background.get("type") == "video" else "image_asset_id"
    if path := await _either(call, background, key, "url"):
        files[f"{nth}.background"] = path
    return files


async def _either(call: Call, part: Mapping[str, Any], ident: str, url: str) -> Path | None:
    if part.get(ident):
        return await asset(call, part[ident])
    return await linked(call, part[url]) if part.get(url) else None


async def _given(call: Call, given: bodies.Given) -> Path:
    if given.type == "asset_id" and given.asset_id:
        return await asset(call, given.asset_id)
    path = await linked(call, given.url) if given.url else None
    if path is None:
        raise said(call, 400, "download_failed", "the sandbox fetches nothing from outside: hand the file in")
    return path


async def _made(call: Call, ident: str) -> Path | None:
    job = await jobs.find(call.house.rows, ident)
    if job is None or job.film is None:
        raise unknown(call, "video not found")
    return Path(job.film["path"])


def _language(call: Call, given: str) -> str:
    names = {name.casefold(): name for name in LANGUAGES}
    found = names.get(given.casefold())
    if found is None:
        raise bad(call, f"output language {given} is not supported")
    return found.partition(" (")[0]


async def _sides(body: bodies.Video, files: Files) -> list[int]:
    """The frame: as asked, or in the shape of the given picture."""
    edge = _EDGE[body.resolution]
    if body.aspect_ratio == "auto":
        across, down = (16, 9)
        if "0.photo" in files:
            try:
                seen = await asyncio.to_thread(inspect_media.picture, files["0.photo"])
                across, down = seen.width, seen.height
            except Unreadable:
                pass
    else:
        across, down = _TURNED[body.aspect_ratio]
    scale = edge / min(across, down)
    return [min(round(side * scale / 2) * 2, 3840) for side in (across, down)]


async def price(scenes: Sequence[Mapping[str, Any]], files: Files) -> float:
    """A credit for each started half minute."""
    seconds = 0.0
    for nth, scene in enumerate(scenes):
        voice = scene["voice"]
        if voice["type"] == "text":
            seconds += len(voice["input_text"]) / PACE
        elif voice["type"] == "silence":
            seconds += voice.get("duration", 1.0)
        elif path := files.get(f"{nth}.audio"):
            try:
                seconds += await asyncio.to_thread(inspect_media.seconds, path)
            except Unreadable:
                seconds += UNIT
    return float(max(1, math.ceil(seconds / UNIT)))


def job_of(call: Call, dialect: str, raw: dict[str, Any], notes: dict[str, Any], kind: str = "video") -> Job:
    """The job of a call, before it is paid."""
    now = call.house.clock()
    marks = {"dialect": dialect, "title": raw.get("title"), "callback_id": raw.get("callback_id")}
    body = {"callback_url": raw.get("callback_url"), "folder_id": raw.get("folder_id")}
    faults = tuple(fault for fault in call.faults if fault.when == "job")
    job = Job(secrets.token_hex(16), "heygen", kind, body, call.base, now, "processing", notes=marks | notes)
    return replace(job, faults=faults, modified=now)


async def accept(call: Call, made: Sequence[Job], files: Files, credits: float) -> None:  # noqa: A002
    """On disk and paid before it is answered."""
    whole = [await asyncio.to_thread(_with_files, call, job, files) for job in made]
    charges = [_charge(job, credits) for job in whole if credits]
    try:
        await jobs.accept(call.house.rows, whole, charges, call.house.terms.credits)
    except NoCredit:
        for job in whole:
            await asyncio.to_thread(call.house.keeping.clear, job.id)
        raise said(call, 402, "insufficient_credit", "insufficient credit", 400118) from None
    call.house.desk.wake()


def _with_files(call: Call, job: Job, files: Files) -> Job:
    kept = {role: call.house.keeping.copy(job.id, role, path, path.name) for role, path in files.items()}
    return replace(job, files=kept)


def _charge(job: Job, credits: float) -> Charge:  # noqa: A002 - the word of the trade
    return Charge(job.id, job.studio, job.kind, job.notes["callback_id"], job.notes["title"], credits, job.created)


def _accepted(job: Job) -> dict[str, Any]:
    return {"video_id": job.id, "status": "waiting", "output_format": job.notes.get("format", "mp4")}


async def _repeated(call: Call, tail: str) -> Job | None:
    """The job that this Idempotency-Key has made within a day; refused while its first call is still running."""
    ident = _keyed(call, tail)
    if call.house.clock() < call.house.under_way.get(ident or "", 0.0):
        raise said(call, 409, "request_in_progress", "a request with this Idempotency-Key is still in progress")
    job = await jobs.find(call.house.rows, ident) if ident else None
    return job if job and call.house.clock() - job.created < DAY else None


def _answered_late(call: Call, tail: str) -> None:
    """Until its answer has gone out, a call is under way for whoever comes with the same key."""
    late = sum(fault.seconds for fault in call.faults if fault.name == "late")
    if late and (ident := _keyed(call, tail)):
        call.house.under_way[ident] = call.house.clock() + late


async def _named(call: Call, tail: str) -> str:
    """An id that follows from the key, so that two calls with one key can never make two jobs."""
    ident = _keyed(call, tail)
    if ident is None or await jobs.find(call.house.rows, ident):
        return secrets.token_hex(16)
    return ident


def _keyed(call: Call, tail: str) -> str | None:
    key = call.request.headers.get("idempotency-key")
    if not key:
        return None
    return hashlib.sha256(f"{call.request.url.path}\n{key}\n{tail}".encode()).hexdigest()[:32]
