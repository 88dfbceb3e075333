"""POST on a generator: checked, billed and written down in one transaction, then answered."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api.did.auth_and_errors import DidManners, bad, no_credit, strike
from adapters.sandbox.api.did.job_views import accepted
from adapters.sandbox.api.did.kinds import Kind
from adapters.sandbox.api.did.languages import language_name
from adapters.sandbox.api.did.material import (
    STAND_IN,
    Found,
    check_footage,
    check_picture,
    check_sound,
    gather,
    portrait_for,
)
from adapters.sandbox.api.did.presenters import AVATARS, INSTANT, PRESENTERS, drivers_of, person
from adapters.sandbox.api.did.prices import length, price
from adapters.sandbox.api.did.request_parsing import checked, json_object
from adapters.sandbox.api.did.settings import account_logo
from adapters.sandbox.api.did.voices import PROVIDERS, speaker
from adapters.sandbox.context import Call
from adapters.sandbox.fault_injection import Fault
from adapters.sandbox.request_pipeline import strike_written
from adapters.sandbox.store import jobs
from adapters.sandbox.store.billing import Charge, NoCredit
from adapters.sandbox.store.jobs import Job

_LONGEST = {"clip": 300.0}  # seconds of given speech; other generators take ten minutes


async def create(call: Call, kind: Kind) -> Response:
    """Accept one request; several languages are several jobs."""
    raw = await json_object(call)
    call.faults += call.house.faults.first(_texts(raw))
    struck = strike_written(call.faults, DidManners())
    if struck:
        return struck
    body = checked(kind.body, raw).model_dump(mode="json", exclude_none=True)
    strike(call.faults, _features(kind, body))
    _check_catalogue(call, kind, body)
    made = await _accept(call, kind, body, tuple(f for f in call.faults if f.when == "job"))
    call.house.desk.wake()
    answers = [accepted(job, call.house, call.base) for job in made]
    return JSONResponse({"translations": answers} if kind.name == "translation" else answers[0], 201)


def _texts(raw: dict[str, Any]) -> list[str]:
    script = raw.get("script")
    spoken = script.get("input") if isinstance(script, dict) else None
    return [text for text in (raw.get("name"), raw.get("user_data"), spoken) if isinstance(text, str)]


def _features(kind: Kind, body: dict[str, Any]) -> set[str]:
    wanted = {
        "stitch": body.get("config", {}).get("stitch"),
        "subtitles": body.get("script", {}).get("subtitles"),
        "translation": kind.name == "translation",
    }
    return {feature for feature, asked in wanted.items() if asked}


def _check_catalogue(call: Call, kind: Kind, body: dict[str, Any]) -> None:
    _check_voice(call, body.get("script", {}).get("provider"))
    match kind.name:
        case "expressive":
            _check_avatar(body)
        case "clip":
            _check_presenter(body)
        case "scene" if person(INSTANT, body["avatar_id"]) is None:
            raise bad(f"avatar_id: unknown avatar {body['avatar_id']}")


def _check_voice(call: Call, provider: dict[str, Any] | None) -> None:
    own = _own_account(call)
    if provider is None or (provider["type"] == "elevenlabs" and own):
        return
    if speaker(provider["type"], provider["voice_id"]) is None:
        raise bad(f"script.provider.voice_id: {provider['type']} has no voice {provider['voice_id']}")


def _own_account(call: Call) -> bool:
    given = call.request.headers.get("x-api-key-external")
    if given is None:
        return False
    try:
        keys = json.loads(given)
    except ValueError:
        keys = None
    if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys.values()):
        raise bad("x-api-key-external must be a JSON object of keys by provider")
    return "elevenlabs" in keys and set(keys) <= set(PROVIDERS)


def _check_avatar(body: dict[str, Any]) -> None:
    wanted = body.get("avatar_id") or body.get("presenter_id") or AVATARS[0].id
    one = person(AVATARS, wanted)
    if one is None:
        raise bad(f"avatar_id: unknown avatar {wanted}")
    if body.get("sentiment_id", next(iter(one.feelings))) not in one.feelings:
        raise bad(f"sentiment_id: avatar {wanted} has no sentiment {body['sentiment_id']}")


def _check_presenter(body: dict[str, Any]) -> None:
    wanted = body.get("presenter_id", PRESENTERS[0].id)
    one = person(PRESENTERS, wanted)
    if one is None:
        raise bad(f"presenter_id: unknown presenter {wanted}")
    if body.get("driver_id", drivers_of(one)[0]) not in drivers_of(one):
        raise bad(f"driver_id: presenter {wanted} has no driver {body['driver_id']}")


async def _accept(call: Call, kind: Kind, body: dict[str, Any], faults: tuple[Fault, ...]) -> list[Job]:
    found, seconds = await _material(call, kind, body)
    party = "grp_" + secrets.token_urlsafe(15) if kind.name == "translation" else None
    drafts = [
        replace(_job(call, kind, body, notes, faults), party=party) for notes in _notes(kind, body, found, seconds)
    ]
    made = [await asyncio.to_thread(_with_files, call, draft, found) for draft in drafts]
    charges = [_charge(job, price(kind.name, seconds)) for job in made]
    try:
        await jobs.accept(call.house.rows, made, charges, call.house.terms.credits)
    except Exception as fault:
        for job in made:
            await asyncio.to_thread(call.house.keeping.clear, job.id)
        if isinstance(fault, NoCredit):
            raise no_credit() from None
        raise
    return made


async def _material(call: Call, kind: Kind, body: dict[str, Any]) -> tuple[dict[str, Found], float]:
    found = await gather(call.house, body)
    if kind.name in ("talk", "animation"):
        if "source" in found:
            await check_picture(found["source"])
        elif stand_in := portrait_for(body.get("source_url")):
            found["source"] = stand_in
    if kind.name == "translation" and "source" in found:
        await check_footage(found["source"])
    logo = await account_logo(call.house) if body.get("config", {}).get("logo") is True else None
    if logo:
        found["logo"] = Found(logo, logo.name)
    sound = await check_sound(found["audio"], _LONGEST.get(kind.name, 600.0)) if "audio" in found else None
    return found, length(body, sound) if "script" in body else 0.0


def _notes(kind: Kind, body: dict[str, Any], found: dict[str, Found], seconds: float) -> Iterator[dict[str, Any]]:
    notes: dict[str, Any] = {"seconds": round(seconds, 2)}
    source = found.get("source")
    if "source_url" in body and (source is None or source.stand_in):
        notes |= {"note": STAND_IN}
    if source and source.stand_in:
        notes |= {"portrait": source.path.name}
    if kind.name != "translation":
        yield notes | {"name": body.get("name")}
        return
    stem = PurePosixPath(urlsplit(body["source_url"]).path).stem or "video"
    for given in dict.fromkeys(language_name(one) for one in body["languages"]):
        yield notes | {"language": given, "name": f"{stem}-{str(given).lower()}"}


def _job(call: Call, kind: Kind, body: dict[str, Any], notes: dict[str, Any], faults: tuple[Fault, ...]) -> Job:
    job_id = kind.prefix + secrets.token_urlsafe(15) if kind.prefix else str(uuid4())
    now = call.house.clock()
    return Job(job_id, "did", kind.name, body, call.base, now, kind.running, notes=notes, faults=faults, modified=now)


def _with_files(call: Call, job: Job, found: dict[str, Found]) -> Job:
    files = {role: call.house.keeping.copy(job.id, role, one.path, one.name) for role, one in found.items()}
    return replace(job, files=files)


def _charge(job: Job, credits: float) -> Charge:  # noqa: A002 - the word of the trade
    return Charge(job.id, job.studio, job.kind, job.body.get("user_data"), job.notes.get("name"), credits, job.created)
