"""The avatars, voices and languages, and the account's credits."""

from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api.common import find_by_id, voice_sample
from adapters.sandbox.api.heygen.presenters import AVATARS, LANGUAGES, PHOTOS, VOICES, StockAvatar, to_speech_voice
from adapters.sandbox.api.heygen.requests_and_errors import not_found, read_paging
from adapters.sandbox.context import ApiCall
from adapters.sandbox.request_pipeline import Operations
from adapters.sandbox.store.billing import spent_credits

operations = Operations()


@operations.on("GET", "/v2/avatars")
async def list_avatars_v2(call: ApiCall) -> Response:
    found = [_avatar_v2(one, call.base_url) for one in AVATARS]
    data = {"avatars": found, "talking_photos": [_photo_v2(one, call.base_url) for one in PHOTOS]}
    return JSONResponse({"error": None, "data": data})


@operations.on("GET", "/v3/avatars/looks")
async def list_looks(call: ApiCall) -> Response:
    return _page_response(call, [_look_view(one, call.base_url) for one in (*AVATARS, *PHOTOS)], 50)


@operations.on("GET", "/v2/voices")
async def list_voices_v2(call: ApiCall) -> Response:
    return JSONResponse({"error": None, "data": {"voices": [one.catalogue_view(call.base_url) for one in VOICES]}})


@operations.on("GET", "/v3/voices")
async def list_voices_v3(call: ApiCall) -> Response:
    """In pages of up to a hundred; there are no cloned ones."""
    private = call.request.query_params.get("type") == "private"
    voices = [] if private else [_voice_v3(one.catalogue_view(call.base_url)) for one in VOICES]
    return _page_response(call, voices, 100)


def _page_response(call: ApiCall, rows: list[dict[str, Any]], max_limit: int) -> Response:
    limit, start = read_paging(call, max_limit)
    end = (start or 0) + limit
    more = end < len(rows)
    return JSONResponse({"data": rows[start:end], "has_more": more, "next_token": str(end) if more else None})


@operations.on("GET", "/v2/video_translate/target_languages")
async def list_languages_v2(call: ApiCall) -> Response:
    return JSONResponse({"error": None, "data": {"languages": list(LANGUAGES)}})


@operations.on("GET", "/v3/video-translations/languages")
async def list_languages_v3(call: ApiCall) -> Response:
    return JSONResponse({"data": {"languages": list(LANGUAGES)}})


@operations.on("GET", "/v2/user/remaining_quota")
async def show_quota(call: ApiCall) -> Response:
    """Sixtieths of credits."""
    left = round((call.context.options.credits - await spent_credits(call.context.database)) * 60)
    return JSONResponse({"error": None, "data": {"remaining_quota": left, "details": {"api": left, "seat": 1}}})


@operations.on("GET", "/v3/users/me")
async def show_account(call: ApiCall) -> Response:
    """Clients must not keep the personal data in it."""
    left = call.context.options.credits - await spent_credits(call.context.database)
    person = {"username": "sandbox-owner", "email": "sandbox-owner@example.invalid"}
    wallet = {"currency": "usd", "remaining_balance": left}
    return JSONResponse({"data": person | {"billing_type": "wallet", "wallet": wallet, "subscription": None}})


@operations.on("GET", "/sandbox/heygen/voices/{id}.wav", public=True)
async def show_voice_sample(call: ApiCall) -> Response:
    voice = find_by_id(VOICES, call.request.path_params["id"])
    if voice is None:
        raise not_found(call)
    text = f"Hello, my name is {voice.name}."
    return await voice_sample(call, f"voices/{voice.id}.wav", to_speech_voice(voice.id), text, not_found(call))


def _avatar_v2(one: StockAvatar, base_url: str) -> dict[str, Any]:
    card = {"avatar_id": one.id, "avatar_name": one.name, "gender": one.gender, "default_voice_id": one.voice}
    seen = {"preview_image_url": one.picture_url(base_url), "preview_video_url": None}
    return card | seen | {"premium": False, "type": None, "tags": []}


def _photo_v2(one: StockAvatar, base_url: str) -> dict[str, Any]:
    return {"talking_photo_id": one.id, "talking_photo_name": one.name, "preview_image_url": one.picture_url(base_url)}


def _look_view(one: StockAvatar, base_url: str) -> dict[str, Any]:
    kind = "photo_avatar" if one.is_photo else "studio_avatar"
    card = {"id": one.id, "name": one.name, "gender": one.gender, "avatar_type": kind}
    seen = {"preview_image_url": one.picture_url(base_url), "preview_video_url": None}
    return card | seen | {"default_voice_id": one.voice or None, "supported_api_engines": ["avatar_iv"]}


def _voice_v3(card: dict[str, Any]) -> dict[str, Any]:
    """v3 spells two of the words otherwise."""
    fields = {name: value for name, value in card.items() if name not in ("preview_audio", "emotion_support")}
    return fields | {"preview_audio_url": card["preview_audio"], "type": "public"}
