"""The voices, the presenters and the credits."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import FileResponse, JSONResponse, Response

from adapters.sandbox.api.did.auth_and_errors import bad_request, not_found
from adapters.sandbox.api.did.list_and_delete import encode_token, read_paging
from adapters.sandbox.api.did.presenters import (
    AVATARS,
    INSTANT_AVATARS,
    OWNER_ID,
    PRESENTERS,
    StockPresenter,
    avatar_view,
    driver_view,
    drivers_of,
    find_presenter,
    instant_avatar_view,
    presenter_view,
)
from adapters.sandbox.api.did.voices import PROVIDERS, filter_voices, to_speech_voice, voice_by_id
from adapters.sandbox.clock import DAY_SECONDS, iso_timestamp
from adapters.sandbox.context import ApiCall
from adapters.sandbox.renderer import Renderer, VoiceSampler
from adapters.sandbox.store.billing import spent_credits


async def list_voices(call: ApiCall) -> Response:
    """GET /tts/voices, narrowed by provider and id."""
    query = call.request.query_params
    provider = query.get("provider")
    if provider not in (None, *PROVIDERS):
        raise bad_request(f"provider must be one of {', '.join(PROVIDERS)}")
    return JSONResponse([one.catalogue_view(call.base_url) for one in filter_voices(provider, query.get("id"))])


async def list_avatars(call: ApiCall) -> Response:
    """GET /expressives/avatars."""
    return JSONResponse({"avatars": [avatar_view(one, call.base_url) for one in AVATARS]})


async def show_avatar(call: ApiCall) -> Response:
    """GET /expressives/avatars/{id}."""
    return JSONResponse(avatar_view(_presenter_of_path(call, AVATARS), call.base_url))


async def list_instant_avatars(call: ApiCall) -> Response:
    """GET /scenes/avatars."""
    return JSONResponse({"avatars": [instant_avatar_view(one, call.base_url) for one in INSTANT_AVATARS]})


async def list_presenters(call: ApiCall) -> Response:
    """GET /clips/presenters, in pages."""
    limit, before = read_paging(call, 1000)
    start = before or 0
    shown = PRESENTERS[start : start + limit]
    view: dict[str, Any] = {"presenters": [presenter_view(one, call.base_url) for one in shown]}
    if start + limit < len(PRESENTERS):
        view["token"] = encode_token(start + limit)
    return JSONResponse(view)


async def show_presenter(call: ApiCall) -> Response:
    """GET /clips/presenters/{id}, in the list's envelope."""
    return JSONResponse({"presenters": [presenter_view(_presenter_of_path(call, PRESENTERS), call.base_url)]})


async def list_presenter_drivers(call: ApiCall) -> Response:
    """GET /clips/presenters/{id}/drivers."""
    one = _presenter_of_path(call, PRESENTERS)
    return JSONResponse({"clips_drivers": [driver_view(one, driver, call.base_url) for driver in drivers_of(one)]})


def _presenter_of_path(call: ApiCall, people: Sequence[StockPresenter]) -> StockPresenter:
    one = find_presenter(people, call.request.path_params["id"])
    if one is None:
        raise not_found()
    return one


async def show_credits(call: ApiCall) -> Response:
    """GET /credits; an account that never had any is not found."""
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


_SAMPLE_TEXT = "This is how I sound."


async def serve_voice_sample(call: ApiCall, renderer: Renderer) -> Response:
    """A voice to listen to, made when first asked for, if the renderer can speak without painting."""
    voice = voice_by_id(call.request.path_params["id"])
    if voice is None or not isinstance(renderer, VoiceSampler):
        raise not_found()
    path = call.context.files.folder / "samples" / f"{voice.id}.wav"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        await renderer.render_sample(
            to_speech_voice({"type": voice.provider, "voice_id": voice.id}), _SAMPLE_TEXT, path
        )
    return FileResponse(path, media_type="audio/wav")
