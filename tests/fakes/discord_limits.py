"""How often Discord lets itself be called: buckets of routes, all routes together, and mistakes."""

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

INVALID = (401, 403, 429)


@dataclass
class Limits:
    """Counts calls; whoever comes too often is told to wait."""

    each: int = 5  # calls of one bucket …
    seconds: float = 1.0  # … within this time
    together: int = 50  # calls a second in all
    refused: int = 0  # how many came too often
    invalid: int = 0  # what counts towards the 10,000 after which Discord bans
    _buckets: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def take(self, method: str, path: str) -> tuple[dict[str, str], float, bool]:
        """One call: its headers, for how long it has to wait if at all, and whether everybody has to."""
        bucket = self._bucket(method, path)
        if bucket is None:
            return {}, 0.0, False
        now = time.monotonic()
        wait = 0.0 if "/webhooks/" in path else self._wait("all", self.together, 1.0, now)
        if wait:
            return {"Via": "1.1 google", "X-RateLimit-Global": "true", "Retry-After": f"{wait:.3f}"}, wait, True
        wait = self._wait(bucket, self.each, self.seconds, now)
        held = self._buckets[bucket]
        after = held[0] + self.seconds - now if held else self.seconds
        headers = {"X-RateLimit-Limit": str(self.each), "X-RateLimit-Remaining": str(max(0, self.each - len(held)))}
        headers |= {"X-RateLimit-Reset": f"{time.time() + after:.3f}", "X-RateLimit-Reset-After": f"{after:.3f}"}
        headers |= {"X-RateLimit-Bucket": f"b{hash((method, path.split('/')[1])) & 0xFFFF:x}", "Via": "1.1 google"}
        return headers | ({"Retry-After": f"{wait:.3f}"} if wait else {}), wait, False

    def answered(self, status: int) -> None:
        """One answer went out."""
        self.invalid += status in INVALID

    def _wait(self, bucket: str, most: int, seconds: float, now: float) -> float:
        held = self._buckets[bucket]
        while held and held[0] <= now - seconds:
            held.popleft()
        if len(held) >= most:
            self.refused += 1
            return held[0] + seconds - now
        held.append(now)
        return 0.0

    def _bucket(self, method: str, path: str) -> str | None:
        """By the method and what comes first in the path: the channel, or the webhook with its token."""
        parts = path.split("/")
        if parts[1] == "webhooks":
            return f"{method} {parts[2]} {parts[3]}"
        return f"{method} {parts[2]}" if parts[1] == "channels" else None
