"""Webhook endpoints: registered, signed with a secret of their own, and everything that was delivered."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api.heygen.job_views import webhook_event
from adapters.sandbox.api.heygen.requests_and_errors import bad_request, not_found, read_json_object
from adapters.sandbox.clock import iso_timestamp
from adapters.sandbox.context import ApiCall, OutgoingWebhook, SandboxContext
from adapters.sandbox.request_pipeline import Operations
from adapters.sandbox.store.jobs import SandboxJob

operations = Operations()

_ENDPOINTS_KEY, _EVENTS_KEY = "heygen.endpoints", "heygen.events"
_MAX_EVENTS = 200
EVENT_TYPES = (
    "avatar_video.success",
    "avatar_video.fail",
    "avatar_video_gif.success",
    "video_translate.success",
    "video_translate.fail",
)


async def build_webhooks(job: SandboxJob, context: SandboxContext, forged: bool) -> Sequence[OutgoingWebhook]:
    """The webhooks of a finished job: to its own address, unsigned, and to every endpoint, signed."""
    payload = dict(webhook_event(job, context))
    if forged:
        payload["event_data"] = payload["event_data"] | {"video_id": "forged", "callback_id": "dt-00000000000000000000"}
    event_id = f"evt_{job.id}"
    payload |= {"event_id": event_id, "created_at": iso_timestamp(context.clock())}
    content = json.dumps(payload).encode()
    webhooks = [OutgoingWebhook(job.body["callback_url"], content)] if job.body.get("callback_url") else []
    for endpoint in await _load_list(context, _ENDPOINTS_KEY):
        if endpoint["events"] is None or payload["event_type"] in endpoint["events"]:
            secret = "wrong-secret" if forged else str(endpoint["secret"])
            signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
            moment = str(int(context.clock()))
            headers = {"Heygen-Signature": signature, "Heygen-Timestamp": moment, "Heygen-Event-Id": event_id}
            headers = {"Signature": signature} if endpoint.get("old") else headers
            webhooks.append(OutgoingWebhook(endpoint["url"], content, headers))
    if not forged:
        await _record_event(context, payload)
    return webhooks


@operations.on("POST", "/v3/webhooks/endpoints")
async def add_endpoint(call: ApiCall) -> Response:
    """The secret is shown only now."""
    return JSONResponse({"data": await _save_endpoint(call, old=False)})


@operations.on("POST", "/v1/webhook/endpoint.add")
async def add_endpoint_v1(call: ApiCall) -> Response:
    made = await _save_endpoint(call, old=True)
    return JSONResponse({"code": 100, "data": made | {"username": "sandbox"}, "message": "Success"})


@operations.on("GET", "/v3/webhooks/endpoints")
async def list_endpoints(call: ApiCall) -> Response:
    data = [_endpoint_view(each) for each in await _load_list(call.context, _ENDPOINTS_KEY)]
    return JSONResponse({"data": data, "has_more": False, "next_token": None})


@operations.on("GET", "/v1/webhook/endpoint.list")
async def list_endpoints_v1(call: ApiCall) -> Response:
    data = [_endpoint_view(each) for each in await _load_list(call.context, _ENDPOINTS_KEY)]
    return JSONResponse({"code": 100, "data": data})


@operations.on("PATCH", "/v3/webhooks/endpoints/{id}")
@operations.on("PATCH", "/v1/webhook/endpoint.update")
async def change_endpoint(call: ApiCall) -> Response:
    body = await read_json_object(call)
    endpoints, one = await _find_endpoint(call, str(body.get("endpoint_id", "")))
    one |= {name: body[name] for name in ("url", "events") if name in body}
    await _save_list(call.context, _ENDPOINTS_KEY, endpoints)
    return JSONResponse({"code": 100, "data": _endpoint_view(one)})


@operations.on("POST", "/v3/webhooks/endpoints/{id}/rotate-secret")
async def rotate_secret(call: ApiCall) -> Response:
    endpoints, one = await _find_endpoint(call)
    one["secret"] = secrets.token_hex(16)
    await _save_list(call.context, _ENDPOINTS_KEY, endpoints)
    return JSONResponse({"data": {"endpoint_id": one["endpoint_id"], "secret": one["secret"]}})


@operations.on("DELETE", "/v3/webhooks/endpoints/{id}")
@operations.on("DELETE", "/v1/webhook/endpoint.delete")
async def delete_endpoint(call: ApiCall) -> Response:
    endpoints, one = await _find_endpoint(call, call.request.query_params.get("endpoint_id", ""))
    endpoints.remove(one)
    await _save_list(call.context, _ENDPOINTS_KEY, endpoints)
    return JSONResponse({"code": 100, "data": {}})


@operations.on("GET", "/v3/webhooks/event-types")
async def list_event_types(call: ApiCall) -> Response:
    return JSONResponse({"data": [{"event_type": each, "description": each.replace("_", " ")} for each in EVENT_TYPES]})


@operations.on("GET", "/v1/webhook/webhook.list")
async def list_event_types_v1(call: ApiCall) -> Response:
    return JSONResponse({"code": 100, "data": list(EVENT_TYPES)})


@operations.on("GET", "/v3/webhooks/events")
async def list_events(call: ApiCall) -> Response:
    kind = call.request.query_params.get("event_type")
    found = [each for each in await _load_list(call.context, _EVENTS_KEY) if kind in (None, each["event_type"])]
    return JSONResponse({"data": found[::-1][:100], "has_more": False, "next_token": None})


async def _save_endpoint(call: ApiCall, *, old: bool) -> dict[str, Any]:
    body = await read_json_object(call)
    url, wanted = body.get("url"), body.get("events")
    if not isinstance(url, str) or not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise bad_request(call, "url must be a public https address")
    if wanted is not None and not (isinstance(wanted, list) and all(each in EVENT_TYPES for each in wanted)):
        raise bad_request(call, "events has an unknown event type")
    endpoint = {"endpoint_id": secrets.token_hex(12), "url": url, "events": wanted, "status": "enabled", "old": old}
    endpoint |= {"secret": secrets.token_hex(16), "created_at": iso_timestamp(call.context.clock())}
    await _save_list(call.context, _ENDPOINTS_KEY, [*await _load_list(call.context, _ENDPOINTS_KEY), endpoint])
    return {name: value for name, value in endpoint.items() if name != "old"}


def _endpoint_view(endpoint: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in endpoint.items() if name not in ("secret", "old")}


async def _find_endpoint(call: ApiCall, given: str = "") -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All endpoints, and the one that the path, or in v1 the call, names."""
    endpoints, ident = await _load_list(call.context, _ENDPOINTS_KEY), call.request.path_params.get("id") or given
    for endpoint in endpoints:
        if endpoint["endpoint_id"] == ident:
            return endpoints, endpoint
    raise not_found(call, "endpoint not found")


async def _load_list(context: SandboxContext, name: str) -> list[dict[str, Any]]:
    return list(json.loads(await context.database.get_value(name) or "[]"))


async def _save_list(context: SandboxContext, name: str, rows: list[dict[str, Any]]) -> None:
    await context.database.set_value(name, json.dumps(rows))


async def _record_event(context: SandboxContext, payload: dict[str, Any]) -> None:
    other_events = [each for each in await _load_list(context, _EVENTS_KEY) if each["event_id"] != payload["event_id"]]
    await _save_list(context, _EVENTS_KEY, [*other_events, payload][-_MAX_EVENTS:])
