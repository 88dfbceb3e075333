"""POST on a generator: checked, billed and written down in one transaction, then answered.

Prices are simple on purpose: whole credits, known before the render. A speaking video costs one credit for each started
15 seconds (a text is read at 15 characters a second, padding counts), an animation one, a translation four for each
language.
"""

import json
import math
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api.common import accept_jobs, charge_for, find_by_id, new_job
from adapters.sandbox.api.did.generators import (
    DidGenerator,
    animation_drivers,
    language_name,
    parse_bank_url,
    talk_drivers,
)
from adapters.sandbox.api.did.job_views import accepted_view
from adapters.sandbox.api.did.material import (
    STAND_IN_NOTE,
    RequestMedia,
    check_picture,
    check_sound,
    check_video,
    find_media,
    portrait_for,
)
from adapters.sandbox.api.did.presenters import PEOPLE_BY_KIND, drivers_of, presenter_id
from adapters.sandbox.api.did.requests_and_errors import (
    DID_CONVENTIONS,
    apply_create_faults,
    bad_request,
    insufficient_credits,
    read_json_object,
    validate_body,
)
from adapters.sandbox.api.did.uploads import account_logo
from adapters.sandbox.api.did.voices import PROVIDERS, find_voice
from adapters.sandbox.context import ApiCall
from adapters.sandbox.request_pipeline import apply_answer_faults
from adapters.sandbox.store.billing import InsufficientCredits
from adapters.sandbox.store.jobs import SandboxJob

_CHARACTERS_PER_SECOND = 15.0
_BILLED_SECONDS = 15.0
_MAX_SPEECH_SECONDS = {"clip": 300.0}  # seconds of given speech; other generators take ten minutes


async def create_jobs(call: ApiCall, kind: DidGenerator) -> Response:
    """Accept one request; several languages are several jobs."""
    raw = await read_json_object(call)
    call.faults += call.context.faults.take_from_texts(_marker_texts(raw))
    apply_answer_faults(call.faults, DID_CONVENTIONS)
    body = validate_body(kind.body, raw)
    _check_agreement(body)
    apply_create_faults(call.faults, _used_features(kind, body))
    _check_catalogue(call, kind, body)
    answers = [accepted_view(job, call.context, call.base_url) for job in await _accept_jobs(call, kind, body)]
    return JSONResponse({"translations": answers} if kind.name == "translation" else answers[0], 201)


def _check_agreement(body: dict[str, Any]) -> None:
    """What no single field can say."""
    result_format, result_url = body.get("config", {}).get("result_format"), body.get("result_url", "")
    if result_format and result_url:
        suffix = PurePosixPath(urlsplit(result_url).path).suffix.lstrip(".").lower()
        if suffix != result_format:
            raise bad_request("result_url and config.result_format must agree")
    if body.get("background", {}).get("color") is False and result_format != "webm":
        raise bad_request("background: a transparent one needs config.result_format webm")


def _marker_texts(raw: dict[str, Any]) -> list[str]:
    script = raw.get("script")
    spoken = script.get("input") if isinstance(script, dict) else None
    return [text for text in (raw.get("name"), raw.get("user_data"), spoken) if isinstance(text, str)]


def _used_features(kind: DidGenerator, body: dict[str, Any]) -> set[str]:
    wanted = {
        "stitch": body.get("config", {}).get("stitch"),
        "subtitles": body.get("script", {}).get("subtitles"),
        "translation": kind.name == "translation",
    }
    return {feature for feature, asked in wanted.items() if asked}


def _check_catalogue(call: ApiCall, kind: DidGenerator, body: dict[str, Any]) -> None:
    _check_voice(call, body.get("script", {}).get("provider"))
    if {body.get("avatar_id"), body.get("presenter_id")} & call.context.options.own.ids:
        return
    match kind.name:
        case "expressive" | "clip" | "scene":
            _check_person(kind.name, body)
        case "talk" | "animation":
            _check_driver(kind, body.get("driver_url", ""))
        case "translation":
            _check_languages(body)


def _check_driver(kind: DidGenerator, url: str) -> None:
    bank = talk_drivers() if kind.name == "talk" else animation_drivers()
    if url.startswith("bank:") and parse_bank_url(url, bank) is None:
        raise bad_request(f"driver_url: there is no driver {url}")


def _check_languages(body: dict[str, Any]) -> None:
    source = {"source_language": body["source_language"]} if "source_language" in body else {}
    for field, given in (*(("languages", each) for each in body["languages"]), *source.items()):
        if language_name(given) is None:
            raise bad_request(f"{field}: unsupported language {given}")


def _check_voice(call: ApiCall, provider: dict[str, Any] | None) -> None:
    own = _has_own_elevenlabs_key(call)
    if provider is None or (provider["type"] == "elevenlabs" and own):
        return
    if provider["voice_id"] not in call.context.options.own.ids and (
        find_voice(provider["type"], provider["voice_id"]) is None
    ):
        raise bad_request(f"script.provider.voice_id: {provider['type']} has no voice {provider['voice_id']}")


def _has_own_elevenlabs_key(call: ApiCall) -> bool:
    given = call.request.headers.get("x-api-key-external")
    if given is None:
        return False
    try:
        keys = json.loads(given)
    except ValueError:
        keys = None
    if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys.values()):
        raise bad_request("x-api-key-external must be a JSON object of keys by provider")
    return "elevenlabs" in keys and set(keys) <= set(PROVIDERS)


def _check_person(kind: str, body: dict[str, Any]) -> None:
    role, wanted = "presenter" if kind == "clip" else "avatar", presenter_id(kind, body)
    one = find_by_id(PEOPLE_BY_KIND[kind], wanted)
    if one is None:
        raise bad_request(f"{role}_id: unknown {role} {wanted}")
    if kind == "expressive" and body.get("sentiment_id", next(iter(one.sentiments))) not in one.sentiments:
        raise bad_request(f"sentiment_id: avatar {wanted} has no sentiment {body['sentiment_id']}")
    if kind == "clip" and body.get("driver_id", drivers_of(one)[0]) not in drivers_of(one):
        raise bad_request(f"driver_id: presenter {wanted} has no driver {body['driver_id']}")


async def _accept_jobs(call: ApiCall, kind: DidGenerator, body: dict[str, Any]) -> list[SandboxJob]:
    media, seconds = await _prepare_media(call, kind, body)
    group_id = "grp_" + secrets.token_urlsafe(15) if kind.name == "translation" else None
    new_jobs = [
        replace(new_job(call, "did", kind.name, _new_id(kind), body, notes, kind.running_status), group_id=group_id)
        for notes in _job_notes(kind, body, media, seconds)
    ]
    price = _price_job(kind.name, seconds)
    charges = [charge_for(job, body.get("user_data"), job.notes.get("name"), price) for job in new_jobs]
    try:
        return await accept_jobs(call, new_jobs, {role: (one.path, one.name) for role, one in media.items()}, charges)
    except InsufficientCredits:
        raise insufficient_credits() from None


def _new_id(kind: DidGenerator) -> str:
    return kind.prefix + secrets.token_urlsafe(15) if kind.prefix else str(uuid4())


async def _prepare_media(
    call: ApiCall, kind: DidGenerator, body: dict[str, Any]
) -> tuple[dict[str, RequestMedia], float]:
    media = await find_media(call.context, body)
    if kind.name in ("talk", "animation"):
        if "source" in media:
            await check_picture(media["source"])
        elif stand_in := portrait_for(body.get("source_url")):
            media["source"] = stand_in
    if kind.name == "translation" and "source" in media:
        await check_video(media["source"])
    logo = await account_logo(call.context) if body.get("config", {}).get("logo") is True else None
    if logo:
        media["logo"] = RequestMedia(logo, logo.name)
    sound = await check_sound(media["audio"], _MAX_SPEECH_SECONDS.get(kind.name, 600.0)) if "audio" in media else None
    return media, _estimate_seconds(body, sound) if "script" in body else 0.0


def _job_notes(
    kind: DidGenerator, body: dict[str, Any], media: dict[str, RequestMedia], seconds: float
) -> Iterator[dict[str, Any]]:
    notes: dict[str, Any] = {"seconds": round(seconds, 2)}
    source = media.get("source")
    if "source_url" in body and (source is None or source.stand_in):
        notes |= {"note": STAND_IN_NOTE}
    if source and source.stand_in:
        notes |= {"portrait": source.path.name}
    if kind.name != "translation":
        yield notes | {"name": body.get("name")}
        return
    stem = PurePosixPath(urlsplit(body["source_url"]).path).stem or "video"
    for given in dict.fromkeys(language_name(one) for one in body["languages"]):
        yield notes | {"language": given, "name": f"{stem}-{str(given).lower()}"}


def _estimate_seconds(body: Mapping[str, Any], sound: float | None) -> float:
    spoken = len(body["script"].get("input", "")) / _CHARACTERS_PER_SECOND if sound is None else sound
    return spoken + float(body.get("config", {}).get("pad_audio", 0.0))


def _price_job(kind: str, seconds: float) -> float:
    if kind == "translation":
        return 4.0
    return 1.0 if kind == "animation" else float(max(1, math.ceil(seconds / _BILLED_SECONDS)))
