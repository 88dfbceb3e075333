"""Whom and what there is to pick from, and what is left to spend."""

import asyncio
from typing import Any

from starlette.responses import FileResponse, JSONResponse, Response

from adapters.sandbox.api.heygen.auth_and_errors import bad, unknown
from adapters.sandbox.api.heygen.presenters import AVATARS, LANGUAGES, PHOTOS, SPEAKERS, Person, sounding, speaker
from adapters.sandbox.context import Call
from adapters.sandbox.renderer import Renderer, Sampler
from adapters.sandbox.store.billing import spent


async def avatars(call: Call) -> Response:
    """GET /v2/avatars."""
    found = [_old(one, call.base) for one in AVATARS]
    data = {"avatars": found, "talking_photos": [_old_photo(one, call.base) for one in PHOTOS]}
    return JSONResponse({"error": None, "data": data})


async def looks(call: Call) -> Response:
    """GET /v3/avatars/looks, in pages of up to fifty."""
    return _paged(call, [_look(one, call.base) for one in (*AVATARS, *PHOTOS)], 50)


async def voices_old(call: Call) -> Response:
    """GET /v2/voices."""
    return JSONResponse({"error": None, "data": {"voices": [one.listed(call.base) for one in SPEAKERS]}})


async def voices(call: Call) -> Response:
    """GET /v3/voices, in pages of up to a hundred; nobody has cloned one here."""
    private = call.request.query_params.get("type") == "private"
    return _paged(call, [] if private else [_voice(one.listed(call.base)) for one in SPEAKERS], 100)


def _paged(call: Call, rows: list[dict[str, Any]], most: int) -> Response:
    """A page of a list; a larger one than the list allows is refused."""
    query = call.request.query_params
    limit, token = query.get("limit") or "20", query.get("token") or "0"
    if not (limit.isdecimal() and limit.isascii() and 1 <= int(limit[:6]) <= most):
        raise bad(call, f"limit must be a whole number from 1 to {most}")
    if not (token.isdecimal() and token.isascii()):
        raise bad(call, "token is invalid")
    start, end = int(token[:9]), int(token[:9]) + int(limit[:6])
    more = end < len(rows)
    return JSONResponse({"data": rows[start:end], "has_more": more, "next_token": str(end) if more else None})


async def languages_old(call: Call) -> Response:
    """GET /v2/video_translate/target_languages."""
    return JSONResponse({"error": None, "data": {"languages": list(LANGUAGES)}})


async def languages(call: Call) -> Response:
    """GET /v3/video-translations/languages."""
    return JSONResponse({"data": {"languages": list(LANGUAGES)}})


async def quota(call: Call) -> Response:
    """GET /v2/user/remaining_quota: sixtieths of credits."""
    left = round((call.house.terms.credits - await spent(call.house.rows)) * 60)
    return JSONResponse({"error": None, "data": {"remaining_quota": left, "details": {"api": left, "seat": 1}}})


async def account(call: Call) -> Response:
    """GET /v3/users/me; whoever reads this must not keep the person in it."""
    left = call.house.terms.credits - await spent(call.house.rows)
    person = {"username": "sandbox-owner", "email": "sandbox-owner@example.invalid"}
    wallet = {"currency": "usd", "remaining_balance": left}
    return JSONResponse({"data": person | {"billing_type": "wallet", "wallet": wallet, "subscription": None}})


async def sample(call: Call, renderer: Renderer) -> Response:
    """A voice, heard alone."""
    one = speaker(call.request.path_params["id"])
    if one is None or not isinstance(renderer, Sampler):
        raise unknown(call)
    path = call.house.keeping.folder / "voices" / f"{one.id}.wav"
    if not await asyncio.to_thread(path.is_file):
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        await renderer.sample(sounding(one.id), f"Hello, my name is {one.name}.", path)
    return FileResponse(path, media_type="audio/wav")


def _old(one: Person, base: str) -> dict[str, Any]:
    card = {"avatar_id": one.id, "avatar_name": one.name, "gender": one.gender, "preview_image_url": one.seen(base)}
    return card | {"preview_video_url": None, "premium": False, "type": None, "tags": [], "default_voice_id": one.voice}


def _old_photo(one: Person, base: str) -> dict[str, Any]:
    return {"talking_photo_id": one.id, "talking_photo_name": one.name, "preview_image_url": one.seen(base)}


def _look(one: Person, base: str) -> dict[str, Any]:
    kind = "photo_avatar" if one.photo else "studio_avatar"
    card = {"id": one.id, "name": one.name, "gender": one.gender, "avatar_type": kind}
    more = {"preview_image_url": one.seen(base), "preview_video_url": None, "default_voice_id": one.voice or None}
    return card | more | {"supported_api_engines": ["avatar_iv"]}


def _voice(card: dict[str, Any]) -> dict[str, Any]:
    """v3 spells two of the words otherwise."""
    kept = {name: value for name, value in card.items() if name not in ("preview_audio", "emotion_support")}
    return kept | {"preview_audio_url": card["preview_audio"], "type": "public"}
