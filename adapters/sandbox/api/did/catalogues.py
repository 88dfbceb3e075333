"""What there is to choose from: voices, people, and what is left in the purse."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import FileResponse, JSONResponse, Response

from adapters.sandbox.api.did.auth_and_errors import bad, unknown
from adapters.sandbox.api.did.list_and_delete import paging, token
from adapters.sandbox.api.did.presenters import (
    AVATARS,
    INSTANT,
    OWNER,
    PRESENTERS,
    Person,
    avatar_card,
    driver_card,
    drivers_of,
    instant_card,
    person,
    presenter_card,
)
from adapters.sandbox.api.did.voices import PROVIDERS, found, sounding, speaker_of
from adapters.sandbox.clock import DAY, stamp
from adapters.sandbox.context import Call
from adapters.sandbox.renderer import Renderer, Sampler
from adapters.sandbox.store.billing import spent


async def voices(call: Call) -> Response:
    """GET /tts/voices, narrowed by provider and id."""
    query = call.request.query_params
    provider = query.get("provider")
    if provider not in (None, *PROVIDERS):
        raise bad(f"provider must be one of {', '.join(PROVIDERS)}")
    return JSONResponse([one.listed(call.base) for one in found(provider, query.get("id"))])


async def avatars(call: Call) -> Response:
    """GET /expressives/avatars."""
    return JSONResponse({"avatars": [avatar_card(one, call.base) for one in AVATARS]})


async def avatar(call: Call) -> Response:
    """GET /expressives/avatars/{id}."""
    return JSONResponse(avatar_card(_somebody(call, AVATARS), call.base))


async def instants(call: Call) -> Response:
    """GET /scenes/avatars."""
    return JSONResponse({"avatars": [instant_card(one, call.base) for one in INSTANT]})


async def presenters(call: Call) -> Response:
    """GET /clips/presenters, in pages."""
    limit, before = paging(call, 1000)
    start = before or 0
    shown = PRESENTERS[start : start + limit]
    view: dict[str, Any] = {"presenters": [presenter_card(one, call.base) for one in shown]}
    if start + limit < len(PRESENTERS):
        view["token"] = token(start + limit)
    return JSONResponse(view)


async def presenter(call: Call) -> Response:
    """GET /clips/presenters/{id}, in the list's envelope."""
    return JSONResponse({"presenters": [presenter_card(_somebody(call, PRESENTERS), call.base)]})


async def presenter_drivers(call: Call) -> Response:
    """GET /clips/presenters/{id}/drivers."""
    one = _somebody(call, PRESENTERS)
    return JSONResponse({"clips_drivers": [driver_card(one, driver, call.base) for driver in drivers_of(one)]})


def _somebody(call: Call, people: Sequence[Person]) -> Person:
    one = person(people, call.request.path_params["id"])
    if one is None:
        raise unknown()
    return one


async def credits_left(call: Call) -> Response:
    """GET /credits; an account that never had any is not found."""
    total, now = call.house.terms.credits, call.house.clock()
    if total <= 0:
        raise unknown()
    purse = {"remaining": total - await spent(call.house.rows), "total": total}
    born = stamp(now - now % DAY)
    item = {
        "owner_id": OWNER,
        "expire_at": stamp(now - now % DAY + 30 * DAY),
        "created_at": born,
        "modified_at": born,
        "valid_from": born,
        "product_id": "prod_sandbox",
        "price_id": "price_invented0000",
        "plan_group": "sandbox",
        "product_billing_interval": "month",
    }
    return JSONResponse(purse | {"credits": [purse | item]})


_SAMPLE = "This is how I sound."


async def sample(call: Call, renderer: Renderer) -> Response:
    """A voice to listen to, made when first asked for, if the renderer can speak without painting."""
    one = speaker_of(call.request.path_params["id"])
    if one is None or not isinstance(renderer, Sampler):
        raise unknown()
    path = call.house.keeping.folder / "samples" / f"{one.id}.wav"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        await renderer.sample(sounding({"type": one.provider, "voice_id": one.id}), _SAMPLE, path)
    return FileResponse(path, media_type="audio/wav")
