"""Endpoints registered with HeyGen: made, listed and dropped, and what was delivered to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.studios.heygen.client import HeygenClient
from adapters.studios.heygen.errors import raise_for_error
from adapters.studios.heygen.responses import extract_rows
from adapters.studios.heygen.webhook_signature import KNOWN_EVENTS
from adapters.studios.responses import as_dict, as_text


@dataclass(frozen=True)
class RegisteredEndpoint:
    """An endpoint as HeyGen knows it; the secret is told only once, when it is made."""

    id: str
    url: str
    secret: str = ""


@dataclass(frozen=True)
class WebhookDelivery:
    """Something that HeyGen told, or tried to tell."""

    event_type: str
    job_id: str
    created_at: str = ""
    remote_id: str = ""  # what HeyGen calls the video


class HeygenWebhooks:
    """The endpoints of one account, in the v3 dialect."""

    def __init__(self, api: HeygenClient) -> None:
        self._api = api

    async def register_endpoint(self, url: str) -> RegisteredEndpoint:
        """Have every event we know sent to an address; once, so what is registered comes back without its secret."""
        if registered := next((each for each in await self.list_endpoints() if each.url == url), None):
            return registered
        response = await self._api.post_json("v3/webhooks/endpoints", {"url": url, "events": sorted(KNOWN_EVENTS)})
        raise_for_error(response, paid=False)
        return _to_endpoint(response.result)

    async def list_endpoints(self) -> Sequence[RegisteredEndpoint]:
        """What is registered."""
        response = await self._api.get("v3/webhooks/endpoints", {"limit": "100"})
        raise_for_error(response, paid=False)
        return [_to_endpoint(row) for row in extract_rows(response.result, "endpoints")]

    async def rotate_secret(self, ident: str) -> RegisteredEndpoint:
        """A new secret for an endpoint; the old one is good no longer."""
        path = self._api.fill_path("v3/webhooks/endpoints/{}/rotate-secret", ident)
        response = await self._api.post_json(path, {})
        raise_for_error(response, paid=False)
        return _to_endpoint(response.result)

    async def delete_endpoint(self, ident: str) -> None:
        """Have nothing more sent there; what is not there is dropped."""
        response = await self._api.request("DELETE", "v3/webhooks/endpoints/{}", ident=ident)
        if response.status != 404:
            raise_for_error(response, paid=False)

    async def list_deliveries(self, event_type: str = "") -> Sequence[WebhookDelivery]:
        """What was told lately, for catching up after an outage."""
        query = {"limit": "100"} | ({"event_type": event_type} if event_type else {})
        response = await self._api.get("v3/webhooks/events", query)
        raise_for_error(response, paid=False)
        return [_to_delivery(row) for row in extract_rows(response.result, "events")]


def _to_endpoint(data: Any) -> RegisteredEndpoint:
    row = as_dict(data)
    return RegisteredEndpoint(
        as_text(row.get("endpoint_id")) or as_text(row.get("id")),
        as_text(row.get("url")),
        as_text(row.get("secret")),
    )


def _to_delivery(row: dict[str, Any]) -> WebhookDelivery:
    data = as_dict(row.get("event_data"))
    job_id = as_text(data.get("callback_id")).removeprefix("dt-")
    remote_id = as_text(data.get("video_id")) or as_text(data.get("video_translate_id"))
    return WebhookDelivery(as_text(row.get("event_type")), job_id, as_text(row.get("created_at")), remote_id)
