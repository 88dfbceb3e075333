"""Webhook endpoints: registered, signed with a secret of their own, and everything that was delivered."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api.heygen.auth_and_errors import bad, unknown
from adapters.sandbox.api.heygen.job_views import event
from adapters.sandbox.api.heygen.request_parsing import json_object
from adapters.sandbox.clock import stamp
from adapters.sandbox.context import Call, House, Letter
from adapters.sandbox.store.jobs import Job

_ENDPOINTS, _EVENTS = "heygen.endpoints", "heygen.events"
_KEPT = 200
TYPES = (
    "avatar_video.success",
    "avatar_video.fail",
    "avatar_video_gif.success",
    "video_translate.success",
    "video_translate.fail",
)


async def letters(job: Job, house: House, *, forged: bool) -> Sequence[Letter]:
    """What the end of a job is told to: its own address, unsigned, and every endpoint, signed."""
    told = dict(event(job, house))
    if forged:
        told["event_data"] = told["event_data"] | {"video_id": "forged", "callback_id": "dt-00000000000000000000"}
    told |= {"event_id": f"evt_{job.id}", "created_at": stamp(house.clock())}
    content = json.dumps(told).encode()
    own = [Letter(job.body["callback_url"], content)] if job.body.get("callback_url") else []
    wanted = [each for each in await _known(house, _ENDPOINTS) if _wants(each, told["event_type"])]
    if not forged:
        await _note(house, told)
    return [*own, *(_signed(each, content, house, str(told["event_id"]), forged=forged) for each in wanted)]


def _signed(endpoint: dict[str, Any], content: bytes, house: House, ident: str, *, forged: bool) -> Letter:
    secret = "nobody's" if forged else str(endpoint["secret"])
    mark = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    moment = str(int(house.clock()))
    headers = {"Heygen-Signature": mark, "Heygen-Timestamp": moment, "Heygen-Event-Id": ident}
    return Letter(endpoint["url"], content, {"Signature": mark} if endpoint.get("old") else headers)


def _wants(endpoint: dict[str, Any], kind: str) -> bool:
    return endpoint["events"] is None or kind in endpoint["events"]


async def add(call: Call) -> Response:
    """POST /v3/webhooks/endpoints: the secret is told now and never again."""
    made = await _added(call, old=False)
    return JSONResponse({"data": made})


async def add_old(call: Call) -> Response:
    """POST /v1/webhook/endpoint.add."""
    made = await _added(call, old=True)
    return JSONResponse({"code": 100, "data": made | {"username": "sandbox"}, "message": "Success"})


async def listed(call: Call) -> Response:
    """GET /v3/webhooks/endpoints."""
    data = [_shown(each) for each in await _known(call.house, _ENDPOINTS)]
    return JSONResponse({"data": data, "has_more": False, "next_token": None})


async def listed_old(call: Call) -> Response:
    """GET /v1/webhook/endpoint.list."""
    return JSONResponse({"code": 100, "data": [_shown(each) for each in await _known(call.house, _ENDPOINTS)]})


async def change(call: Call) -> Response:
    """PATCH on an endpoint."""
    body = await json_object(call)
    known = await _known(call.house, _ENDPOINTS)
    one = _one(call, known, call.request.path_params.get("id") or str(body.get("endpoint_id", "")))
    one |= {name: body[name] for name in ("url", "events") if name in body}
    await _keep(call.house, _ENDPOINTS, known)
    return JSONResponse({"code": 100, "data": _shown(one)})


async def rotate(call: Call) -> Response:
    """POST …/rotate-secret."""
    known = await _known(call.house, _ENDPOINTS)
    one = _one(call, known, call.request.path_params["id"])
    one["secret"] = secrets.token_hex(16)
    await _keep(call.house, _ENDPOINTS, known)
    return JSONResponse({"data": {"endpoint_id": one["endpoint_id"], "secret": one["secret"]}})


async def drop(call: Call) -> Response:
    """DELETE an endpoint."""
    ident = call.request.path_params.get("id") or call.request.query_params.get("endpoint_id", "")
    known = await _known(call.house, _ENDPOINTS)
    known.remove(_one(call, known, ident))
    await _keep(call.house, _ENDPOINTS, known)
    return JSONResponse({"code": 100, "data": {}})


async def types(call: Call) -> Response:
    """GET /v3/webhooks/event-types."""
    return JSONResponse({"data": [{"event_type": each, "description": each.replace("_", " ")} for each in TYPES]})


async def types_old(call: Call) -> Response:
    """GET /v1/webhook/webhook.list."""
    return JSONResponse({"code": 100, "data": list(TYPES)})


async def events(call: Call) -> Response:
    """GET /v3/webhooks/events: what was told lately, newest first."""
    kind = call.request.query_params.get("event_type")
    found = [each for each in await _known(call.house, _EVENTS) if kind in (None, each["event_type"])]
    return JSONResponse({"data": found[::-1][:100], "has_more": False, "next_token": None})


async def _added(call: Call, *, old: bool) -> dict[str, Any]:
    body = await json_object(call)
    url, wanted = body.get("url"), body.get("events")
    if not isinstance(url, str) or not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise bad(call, "url must be a public https address")
    if wanted is not None and not (isinstance(wanted, list) and all(each in TYPES for each in wanted)):
        raise bad(call, "events has an unknown event type")
    made = {"endpoint_id": secrets.token_hex(12), "url": url, "events": wanted, "status": "enabled", "old": old}
    made |= {"secret": secrets.token_hex(16), "created_at": stamp(call.house.clock())}
    await _keep(call.house, _ENDPOINTS, [*await _known(call.house, _ENDPOINTS), made])
    return {name: value for name, value in made.items() if name != "old"}


def _shown(endpoint: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in endpoint.items() if name not in ("secret", "old")}


def _one(call: Call, known: list[dict[str, Any]], ident: str) -> dict[str, Any]:
    found = next((each for each in known if each["endpoint_id"] == ident), None)
    if found is None:
        raise unknown(call, "endpoint not found")
    return found


async def _known(house: House, name: str) -> list[dict[str, Any]]:
    return list(json.loads(await house.rows.fact(name) or "[]"))


async def _keep(house: House, name: str, rows: list[dict[str, Any]]) -> None:
    await house.rows.remember(name, json.dumps(rows))


async def _note(house: House, told: dict[str, Any]) -> None:
    known = [each for each in await _known(house, _EVENTS) if each["event_id"] != told["event_id"]]
    await _keep(house, _EVENTS, [*known, told][-_KEPT:])
