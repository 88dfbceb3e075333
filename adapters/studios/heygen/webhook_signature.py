"""What HeyGen sends to a registered endpoint, believed only when it is signed, fresh and new.

Even then it is no more than a nudge: it names a job, and how that stands is asked of HeyGen itself. Deliveries to the
`callback_url` of a single job carry no signature; their address is a secret of its own.
"""

import hashlib
import hmac
import json
from collections import OrderedDict
from collections.abc import Mapping

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
        """The status to answer a delivery with at once; None when it is to be believed and is news."""
        given = next((headers[name] for name in SIGNATURE_HEADERS if name in headers), "")
        expected = self._signature_of(body)
        # On bytes and over the raw body, before anything is parsed; the time it takes tells nothing.
        if not hmac.compare_digest(expected.encode(), given.strip().lower().encode()):
            return 401
        timestamp = headers.get("heygen-timestamp")
        if timestamp is not None and not self._is_recent(timestamp):
            return 401
        return (
            None if self._is_new(self._event_key(headers, body)) else 200
        )  # anything else, and it comes again for a day

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
