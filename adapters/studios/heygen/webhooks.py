"""Endpoints registered with HeyGen: made, listed and dropped, and what was delivered to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.studios.heygen.client import Wire
from adapters.studios.heygen.errors import judge
from adapters.studios.heygen.responses import rows
from adapters.studios.heygen.webhook_signature import KNOWN
from adapters.studios.responses import as_dict, as_text


@dataclass(frozen=True)
class Registered:
    """An endpoint as HeyGen knows it; the secret is told only once, when it is made."""

    id: str
    url: str
    secret: str = ""


@dataclass(frozen=True)
class Delivery:
    """Something that HeyGen told, or tried to tell."""

    event: str
    job: str
    at: str = ""
    ident: str = ""  # what HeyGen calls the video


class Webhooks:
    """The endpoints of one account, in the v3 dialect."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def register(self, url: str) -> Registered:
        """Have every event we know sent to an address; once, so what is registered comes back without its secret."""
        if known := next((each for each in await self.listed() if each.url == url), None):
            return known
        reply = await self._wire.send("v3/webhooks/endpoints", {"url": url, "events": sorted(KNOWN)})
        judge(reply, pays=False)
        return _registered(reply.body)

    async def listed(self) -> Sequence[Registered]:
        """What is registered."""
        reply = await self._wire.read("v3/webhooks/endpoints", {"limit": "100"})
        judge(reply, pays=False)
        return [_registered(row) for row in rows(reply.body, "endpoints")]

    async def rotate(self, ident: str) -> Registered:
        """A new secret for an endpoint; the old one is good no longer."""
        path = self._wire.path("v3/webhooks/endpoints/{}/rotate-secret", ident)
        reply = await self._wire.send(path, {})
        judge(reply, pays=False)
        return _registered(reply.body)

    async def drop(self, ident: str) -> None:
        """Have nothing more sent there; what is not there is dropped."""
        reply = await self._wire.change("DELETE", "v3/webhooks/endpoints/{}", ident=ident)
        if reply.status != 404:
            judge(reply, pays=False)

    async def deliveries(self, event: str = "") -> Sequence[Delivery]:
        """What was told lately, for catching up after an outage."""
        query = {"limit": "100"} | ({"event_type": event} if event else {})
        reply = await self._wire.read("v3/webhooks/events", query)
        judge(reply, pays=False)
        return [_delivery(row) for row in rows(reply.body, "events")]


def _registered(data: Any) -> Registered:
    told = as_dict(data)
    return Registered(
        as_text(told.get("endpoint_id")) or as_text(told.get("id")),
        as_text(told.get("url")),
        as_text(told.get("secret")),
    )


def _delivery(row: dict[str, Any]) -> Delivery:
    data = as_dict(row.get("event_data"))
    job = as_text(data.get("callback_id")).removeprefix("dt-")
    ident = as_text(data.get("video_id")) or as_text(data.get("video_translate_id"))
    return Delivery(as_text(row.get("event_type")), job, as_text(row.get("created_at")), ident)
