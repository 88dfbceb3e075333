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

SKEW = 300.0
REMEMBERED = 10_000
NAMES = ("heygen-signature", "signature", "x-heygen-signature")
KNOWN = frozenset({"avatar_video.success", "avatar_video.fail", "video_translate.success", "video_translate.fail"})


class Endpoint:
    """A registered endpoint with its secret."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()

    def signed(self, headers: Mapping[str, str]) -> bool:
        """Whether a delivery carries a signature, under any of its names."""
        return any(name in headers for name in NAMES)

    def answer(self, headers: Mapping[str, str], body: bytes) -> int | None:
        """The status to answer a delivery with at once; None when it is to be believed and is news."""
        given = next((headers[name] for name in NAMES if name in headers), "")
        expected = self._sign(body)
        # On bytes and over the raw body, before anything is parsed; the time it takes tells nothing.
        if not hmac.compare_digest(expected.encode(), given.strip().lower().encode()):
            return 401
        moment = headers.get("heygen-timestamp")
        if moment is not None and not self._fresh(moment):
            return 401
        return None if self._new(self._event(headers, body)) else 200  # anything else, and it comes again for a day

    def forget(self, headers: Mapping[str, str], body: bytes) -> None:
        """Nothing came of a delivery: it is new when it is sent again."""
        self._seen.pop(self._event(headers, body), None)

    def job(self, body: bytes) -> str | None:
        """The id of the job an event is about; None for events that are not ours to know."""
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            return None
        data = told.get("event_data") if isinstance(told, dict) else None
        if not isinstance(data, dict) or told.get("event_type") not in KNOWN:
            return None
        marker = data.get("callback_id")
        return marker.removeprefix("dt-") if isinstance(marker, str) and marker.startswith("dt-") else None

    def _sign(self, body: bytes) -> str:
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()

    def _event(self, headers: Mapping[str, str], body: bytes) -> str:
        moment, signed = headers.get("heygen-timestamp"), self._sign(body)
        return headers.get("heygen-event-id") or (signed if moment is None else f"{moment}:{signed}")

    def _fresh(self, moment: str) -> bool:
        try:
            return abs(self._clock.now() - float(moment)) <= SKEW
        except ValueError:
            return False

    def _new(self, event: str) -> bool:
        """Each delivery counts once; v1 signs neither time nor id, so there the signature itself is remembered."""
        if event in self._seen:
            return False
        self._seen[event] = self._clock.now()
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True
