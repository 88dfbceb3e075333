"""The avatars, voices and languages, and the account's credits."""

import asyncio
from typing import Any

from starlette.responses import FileResponse, JSONResponse, Response

from adapters.sandbox.api.heygen.auth_and_errors import bad_request, not_found
from adapters.sandbox.api.heygen.presenters import (
    AVATARS,
    LANGUAGES,
    PHOTOS,
    VOICES,
    StockAvatar,
    find_voice,
    to_speech_voice,
)
from adapters.sandbox.context import ApiCall
from adapters.sandbox.renderer import Renderer, VoiceSampler
from adapters.sandbox.store.billing import spent_credits


async def list_avatars_v2(call: ApiCall) -> Response:
    """GET /v2/avatars."""
    found = [_avatar_v2(one, call.base_url) for one in AVATARS]
    data = {"avatars": found, "talking_photos": [_photo_v2(one, call.base_url) for one in PHOTOS]}
    return JSONResponse({"error": None, "data": data})


async def list_looks(call: ApiCall) -> Response:
    """GET /v3/avatars/looks, in pages of up to fifty."""
    return _page_response(call, [_look_view(one, call.base_url) for one in (*AVATARS, *PHOTOS)], 50)


async def list_voices_v2(call: ApiCall) -> Response:
    """GET /v2/voices."""
    return JSONResponse({"error": None, "data": {"voices": [one.catalogue_view(call.base_url) for one in VOICES]}})


async def list_voices_v3(call: ApiCall) -> Response:
    """GET /v3/voices, in pages of up to a hundred; there are no cloned ones."""
    private = call.request.query_params.get("type") == "private"
    return _page_response(
        call, [] if private else [_voice_v3(one.catalogue_view(call.base_url)) for one in VOICES], 100
    )


def _page_response(call: ApiCall, rows: list[dict[str, Any]], max_limit: int) -> Response:
    """A page of a list; a larger one than the list allows is refused."""
    query = call.request.query_params
    limit, token = query.get("limit") or "20", query.get("token") or "0"
    if not (limit.isdecimal() and limit.isascii() and 1 <= int(limit[:6]) <= max_limit):
        raise bad_request(call, f"limit must be a whole number from 1 to {max_limit}")
    if not (token.isdecimal() and token.isascii()):
        raise bad_request(call, "token is invalid")
    start, end = int(token[:9]), int(token[:9]) + int(limit[:6])
    more = end < len(rows)
    return JSONResponse({"data": rows[start:end], "has_more": more, "next_token": str(end) if more else None})


async def list_languages_v2(call: ApiCall) -> Response:
    """GET /v2/video_translate/target_languages."""
    return JSONResponse({"error": None, "data": {"languages": list(LANGUAGES)}})


async def list_languages_v3(call: ApiCall) -> Response:
    """GET /v3/video-translations/languages."""
    return JSONResponse({"data": {"languages": list(LANGUAGES)}})


async def show_quota(call: ApiCall) -> Response:
    """GET /v2/user/remaining_quota: sixtieths of credits."""
    left = round((call.context.options.credits - await spent_credits(call.context.database)) * 60)
    return JSONResponse({"error": None, "data": {"remaining_quota": left, "details": {"api": left, "seat": 1}}})


async def show_account(call: ApiCall) -> Response:
    """GET /v3/users/me; clients must not keep the personal data in it."""
    left = call.context.options.credits - await spent_credits(call.context.database)
    person = {"username": "sandbox-owner", "email": "sandbox-owner@example.invalid"}
    wallet = {"currency": "usd", "remaining_balance": left}
    return JSONResponse({"data": person | {"billing_type": "wallet", "wallet": wallet, "subscription": None}})


async def serve_voice_sample(call: ApiCall, renderer: Renderer) -> Response:
    """A voice, heard alone."""
    voice = find_voice(call.request.path_params["id"])
    if voice is None or not isinstance(renderer, VoiceSampler):
        raise not_found(call)
    path = call.context.files.folder / "voices" / f"{voice.id}.wav"
    if not await asyncio.to_thread(path.is_file):
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        await renderer.render_sample(to_speech_voice(voice.id), f"Hello, my name is {voice.name}.", path)
    return FileResponse(path, media_type="audio/wav")


def _avatar_v2(one: StockAvatar, base_url: str) -> dict[str, Any]:
    card = {
        "avatar_id": one.id,
        "avatar_name": one.name,
        "gender": one.gender,
        "preview_image_url": one.picture_url(base_url),
    }
    return card | {"preview_video_url": None, "premium": False, "type": None, "tags": [], "default_voice_id": one.voice}


def _photo_v2(one: StockAvatar, base_url: str) -> dict[str, Any]:
    return {"talking_photo_id": one.id, "talking_photo_name": one.name, "preview_image_url": one.picture_url(base_url)}


def _look_view(one: StockAvatar, base_url: str) -> dict[str, Any]:
    kind = "photo_avatar" if one.is_photo else "studio_avatar"
    card = {"id": one.id, "name": one.name, "gender": one.gender, "avatar_type": kind}
    more = {
        "preview_image_url": one.picture_url(base_url),
        "preview_video_url": None,
        "default_voice_id": one.voice or None,
    }
    return card | more | {"supported_api_engines": ["avatar_iv"]}


def _voice_v3(card: dict[str, Any]) -> dict[str, Any]:
    """v3 spells two of the words otherwise."""
    fields = {name: value for name, value in card.items() if name not in ("preview_audio", "emotion_support")}
    return fields | {"preview_audio_url": card["preview_audio"], "type": "public"}
