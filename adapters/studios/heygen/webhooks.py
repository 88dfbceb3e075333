"""Endpoints registered with HeyGen: made, listed and dropped, and what was delivered to them."""

import hashlib
import hmac
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AliasChoices, Field

from adapters.studios.errors import raise_for_error
from adapters.studios.heygen.client import HeygenClient, extract_rows
from adapters.studios.responses import LenientModel, LenientText, as_dict, as_text
from bot.runtime.clock import Clock

MAX_CLOCK_SKEW_SECONDS = 300.0
MAX_REMEMBERED_EVENTS = 10_000
SIGNATURE_HEADERS = ("heygen-signature", "signature", "x-heygen-signature")
KNOWN_EVENTS = frozenset(
    {"avatar_video.success", "avatar_video.fail", "video_translate.success", "video_translate.fail"}
)


class WebhookVerifier:
    """A registered endpoint with its secret."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._seen_events: OrderedDict[str, float] = OrderedDict()

    def is_signed(self, headers: Mapping[str, str]) -> bool:
        """Whether a delivery carries a signature, under any of its names."""
        return any(name in headers for name in SIGNATURE_HEADERS)

    def check_delivery(self, headers: Mapping[str, str], body: bytes) -> int | None:
        """The status to answer with at once; None when the delivery is genuine and new."""
        given = next((headers[name] for name in SIGNATURE_HEADERS if name in headers), "")
        expected = self._signature_of(body)
        # On bytes and over the raw body, before anything is parsed; the time it takes tells nothing.
        if not hmac.compare_digest(expected.encode(), given.strip().lower().encode()):
            return 401
        timestamp = headers.get("heygen-timestamp")
        if timestamp is not None and not self._is_recent(timestamp):
            return 401
        # Any other status, and it is sent again for a day.
        return None if self._is_new(self._event_key(headers, body)) else 200

    def forget_delivery(self, headers: Mapping[str, str], body: bytes) -> None:
        """Nothing came of a delivery: it is new when it is sent again."""
        self._seen_events.pop(self._event_key(headers, body), None)

    def job_id(self, body: bytes) -> str | None:
        """The id of the job an event is about; None for events that are not ours to know."""
        try:
            event = json.loads(body)
        except (ValueError, RecursionError):
            return None
        data = event.get("event_data") if isinstance(event, dict) else None
        if not isinstance(data, dict) or event.get("event_type") not in KNOWN_EVENTS:
            return None
        marker = data.get("callback_id")
        return marker.removeprefix("dt-") if isinstance(marker, str) and marker.startswith("dt-") else None

    def _signature_of(self, body: bytes) -> str:
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()

    def _event_key(self, headers: Mapping[str, str], body: bytes) -> str:
        timestamp, signature = headers.get("heygen-timestamp"), self._signature_of(body)
        return headers.get("heygen-event-id") or (signature if timestamp is None else f"{timestamp}:{signature}")

    def _is_recent(self, timestamp: str) -> bool:
        try:
            return abs(self._clock.now() - float(timestamp)) <= MAX_CLOCK_SKEW_SECONDS
        except ValueError:
            return False

    def _is_new(self, event_key: str) -> bool:
        """Each delivery counts once; v1 signs neither time nor id, so there the signature itself is remembered."""
        if event_key in self._seen_events:
            return False
        self._seen_events[event_key] = self._clock.now()
        while len(self._seen_events) > MAX_REMEMBERED_EVENTS:
            self._seen_events.popitem(last=False)
        return True


class RegisteredEndpoint(LenientModel):
    """An endpoint as HeyGen knows it; the secret is shown only once, when it is made."""

    id: Annotated[LenientText, Field(validation_alias=AliasChoices("endpoint_id", "id"))] = ""
    url: LenientText = ""
    secret: LenientText = ""


@dataclass(frozen=True)
class WebhookDelivery:
    """An event that HeyGen sent, or tried to send."""

    event_type: str
    job_id: str
    created_at: str = ""
    remote_id: str = ""  # what HeyGen calls the video


class HeygenWebhooks:
    """The endpoints of one account, by v3."""

    def __init__(self, api: HeygenClient) -> None:
        self._api = api

    async def register_endpoint(self, url: str) -> RegisteredEndpoint:
        """Have all known events sent to an address; one that is registered comes back without its secret."""
        if registered := next((each for each in await self.list_endpoints() if each.url == url), None):
            return registered
        response = await self._api.post_json("v3/webhooks/endpoints", {"url": url, "events": sorted(KNOWN_EVENTS)})
        raise_for_error(response, paid=False)
        return RegisteredEndpoint.from_data(response.result)

    async def list_endpoints(self) -> Sequence[RegisteredEndpoint]:
        response = await self._api.get("v3/webhooks/endpoints", {"limit": "100"})
        raise_for_error(response, paid=False)
        return [RegisteredEndpoint.from_data(row) for row in extract_rows(response.result, "endpoints")]

    async def rotate_secret(self, ident: str) -> RegisteredEndpoint:
        """A new secret; the old one no longer works."""
        response = await self._api.post_json("v3/webhooks/endpoints/{}/rotate-secret", {}, ident)
        raise_for_error(response, paid=False)
        return RegisteredEndpoint.from_data(response.result)

    async def delete_endpoint(self, ident: str) -> None:
        """One that is not there counts as deleted."""
        response = await self._api.delete("v3/webhooks/endpoints/{}", ident=ident)
        if response.status != 404:
            raise_for_error(response, paid=False)

    async def list_deliveries(self, event_type: str = "") -> Sequence[WebhookDelivery]:
        """Recent deliveries, for catching up after an outage."""
        query = {"limit": "100"} | ({"event_type": event_type} if event_type else {})
        response = await self._api.get("v3/webhooks/events", query)
        raise_for_error(response, paid=False)
        return [_to_delivery(row) for row in extract_rows(response.result, "events")]


def _to_delivery(row: dict[str, Any]) -> WebhookDelivery:
    data = as_dict(row.get("event_data"))
    job_id = as_text(data.get("callback_id")).removeprefix("dt-")
    remote_id = as_text(data.get("video_id")) or as_text(data.get("video_translate_id"))
    return WebhookDelivery(as_text(row.get("event_type")), job_id, as_text(row.get("created_at")), remote_id)
