"""The voices, the presenters and the credits."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api.common import find_by_id, voice_sample
from adapters.sandbox.api.did.list_and_delete import encode_token, read_paging
from adapters.sandbox.api.did.presenters import (
    AVATARS,
    INSTANT_AVATARS,
    OWNER_ID,
    PRESENTERS,
    StockPresenter,
    drivers_of,
    portrait_url,
)
from adapters.sandbox.api.did.requests_and_errors import bad_request, not_found
from adapters.sandbox.api.did.voices import PROVIDERS, VOICES, to_speech_voice
from adapters.sandbox.clock import DAY_SECONDS, iso_timestamp
from adapters.sandbox.context import ApiCall
from adapters.sandbox.request_pipeline import Operations
from adapters.sandbox.store.billing import spent_credits

operations = Operations()

_CREATED_AT = iso_timestamp(1_767_225_600.0)


@operations.on("GET", "/tts/voices")
async def list_voices(call: ApiCall) -> Response:
    query = call.request.query_params
    provider = query.get("provider")
    if provider not in (None, *PROVIDERS):
        raise bad_request(f"provider must be one of {', '.join(PROVIDERS)}")
    wanted = query.get("id")
    voices = (one for one in VOICES if provider in (None, one.provider) and wanted in (None, one.id))
    return JSONResponse([one.catalogue_view(call.base_url) for one in voices])


@operations.on("GET", "/expressives/avatars")
async def list_avatars(call: ApiCall) -> Response:
    return JSONResponse({"avatars": [_avatar_view(one, call.base_url) for one in AVATARS]})


@operations.on("GET", "/expressives/avatars/{id}")
async def show_avatar(call: ApiCall) -> Response:
    return JSONResponse(_avatar_view(_presenter_of_path(call, AVATARS), call.base_url))


@operations.on("GET", "/scenes/avatars")
async def list_instant_avatars(call: ApiCall) -> Response:
    return JSONResponse({"avatars": [_instant_avatar_view(one, call.base_url) for one in INSTANT_AVATARS]})


@operations.on("GET", "/clips/presenters")
async def list_presenters(call: ApiCall) -> Response:
    limit, before = read_paging(call, 1000)
    start = before or 0
    shown = PRESENTERS[start : start + limit]
    view: dict[str, Any] = {"presenters": [_presenter_view(one, call.base_url) for one in shown]}
    if start + limit < len(PRESENTERS):
        view["token"] = encode_token(start + limit)
    return JSONResponse(view)


@operations.on("GET", "/clips/presenters/{id}")
async def show_presenter(call: ApiCall) -> Response:
    """In the list's envelope."""
    return JSONResponse({"presenters": [_presenter_view(_presenter_of_path(call, PRESENTERS), call.base_url)]})


@operations.on("GET", "/clips/presenters/{id}/drivers")
async def list_presenter_drivers(call: ApiCall) -> Response:
    one = _presenter_of_path(call, PRESENTERS)
    return JSONResponse({"clips_drivers": [_driver_view(one, driver, call.base_url) for driver in drivers_of(one)]})


def _presenter_of_path(call: ApiCall, people: Sequence[StockPresenter]) -> StockPresenter:
    one = find_by_id(people, call.request.path_params["id"])
    if one is None:
        raise not_found()
    return one


@operations.on("GET", "/credits")
async def show_credits(call: ApiCall) -> Response:
    """An account that never had any is not found."""
    total, now = call.context.options.credits, call.context.clock()
    if total <= 0:
        raise not_found()
    balance = {"remaining": total - await spent_credits(call.context.database), "total": total}
    created_at = iso_timestamp(now - now % DAY_SECONDS)
    item = {
        "owner_id": OWNER_ID,
        "expire_at": iso_timestamp(now - now % DAY_SECONDS + 30 * DAY_SECONDS),
        "created_at": created_at,
        "modified_at": created_at,
        "valid_from": created_at,
        "product_id": "prod_sandbox",
        "price_id": "price_invented0000",
        "plan_group": "sandbox",
        "product_billing_interval": "month",
    }
    return JSONResponse(balance | {"credits": [balance | item]})


@operations.on("GET", "/sandbox/voices/{id}.wav", public=True)
async def show_voice_sample(call: ApiCall) -> Response:
    voice = find_by_id(VOICES, call.request.path_params["id"])
    if voice is None:
        raise not_found()
    speech_voice = to_speech_voice({"type": voice.provider, "voice_id": voice.id})
    return await voice_sample(call, f"samples/{voice.id}.wav", speech_voice, "This is how I sound.", not_found())


def _avatar_view(one: StockPresenter, base_url: str) -> dict[str, Any]:
    seen = portrait_url(one, base_url)
    sentiments = [
        {
            "id": key,
            "sentiment": feeling,
            "description": f"{one.name}, {feeling.lower()}",
            "preview_url": seen,
            "voice": one.voice_provider,
        }
        for key, feeling in one.sentiments.items()
    ]
    return {
        "id": one.id,
        "owner_id": "PUBLIC_D-ID",
        "name": one.name,
        "is_greenscreen": True,
        "thumbnail_url": seen,
        "gender": one.gender,
        "sentiments": sentiments,
    }


def _presenter_view(one: StockPresenter, base_url: str) -> dict[str, Any]:
    seen = portrait_url(one, base_url)
    return {
        "presenter_id": one.id,
        "name": one.name,
        "gender": one.gender,
        "driver_id": drivers_of(one)[0],
        "preview_url": seen,
        "talking_preview_url": seen,
        "image_url": seen,
        "thumbnail_url": seen,
        "is_greenscreen": True,
        "is_streamable": False,
        "voice": one.voice_provider,
        "status": "done",
        "owner_id": "PUBLIC_D-ID",
        "created_at": _CREATED_AT,
        "modified_at": _CREATED_AT,
    }


def _driver_view(one: StockPresenter, driver: str, base_url: str) -> dict[str, Any]:
    seen = portrait_url(one, base_url)
    card = {"driver_id": driver, "presenter_id": one.id, "preview_url": seen, "thumbnail_url": seen}
    return card | {"gender": one.gender, "created_at": _CREATED_AT}


def _instant_avatar_view(one: StockPresenter, base_url: str) -> dict[str, Any]:
    seen = portrait_url(one, base_url)
    card = {"id": one.id, "name": one.name, "owner_id": OWNER_ID, "status": "done", "thumbnail_url": seen}
    return card | {"talking_preview_url": seen, "created_at": _CREATED_AT, "voice_id": one.voice}
