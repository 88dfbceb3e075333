"""Discord's rate limits: per route, global, and for invalid requests."""

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

INVALID_STATUSES = (401, 403, 429)


@dataclass
class FakeRateLimits:
    """Counts calls; too frequent callers are told to wait."""

    calls_per_bucket: int = 5  # calls of one bucket …
    bucket_seconds: float = 1.0  # … within this time
    calls_per_second: int = 50  # calls a second in all
    refused_calls: int = 0  # how many came too often
    invalid_calls: int = 0  # what counts towards the 10,000 after which Discord bans
    _buckets: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def count_call(self, method: str, path: str) -> tuple[dict[str, str], float, bool]:
        """One call: its headers, for how long it has to wait if at all, and whether everybody has to."""
        bucket = self._bucket_of(method, path)
        if bucket is None:
            return {}, 0.0, False
        now = time.monotonic()
        wait = 0.0 if "/webhooks/" in path else self._wait_seconds("all", self.calls_per_second, 1.0, now)
        if wait:
            return {"Via": "1.1 google", "X-RateLimit-Global": "true", "Retry-After": f"{wait:.3f}"}, wait, True
        wait = self._wait_seconds(bucket, self.calls_per_bucket, self.bucket_seconds, now)
        held = self._buckets[bucket]
        after = held[0] + self.bucket_seconds - now if held else self.bucket_seconds
        headers = {
            "X-RateLimit-Limit": str(self.calls_per_bucket),
            "X-RateLimit-Remaining": str(max(0, self.calls_per_bucket - len(held))),
        }
        headers |= {"X-RateLimit-Reset": f"{time.time() + after:.3f}", "X-RateLimit-Reset-After": f"{after:.3f}"}
        headers |= {"X-RateLimit-Bucket": f"b{hash((method, path.split('/')[1])) & 0xFFFF:x}", "Via": "1.1 google"}
        return headers | ({"Retry-After": f"{wait:.3f}"} if wait else {}), wait, False

    def count_response(self, status: int) -> None:
        """One answer went out."""
        self.invalid_calls += status in INVALID_STATUSES

    def _wait_seconds(self, bucket: str, max_calls: int, seconds: float, now: float) -> float:
        held = self._buckets[bucket]
        while held and held[0] <= now - seconds:
            held.popleft()
        if len(held) >= max_calls:
            self.refused_calls += 1
            return held[0] + seconds - now
        held.append(now)
        return 0.0

    def _bucket_of(self, method: str, path: str) -> str | None:
        """By the method and what comes first in the path: the channel, or the webhook with its token."""
        parts = path.split("/")
        if parts[1] == "webhooks":
            return f"{method} {parts[2]} {parts[3]}"
        return f"{method} {parts[2]}" if parts[1] == "channels" else None
