"""A cache whose entries expire. Every process has its own, so another replica may lag by the lifetime."""

from typing import Generic, TypeVar

from bot.runtime.clock import Clock

Key = TypeVar("Key")
Value = TypeVar("Value")


class TtlCache(Generic[Key, Value]):
    """Keeps each value for some seconds; a full cache starts again empty."""

    def __init__(self, clock: Clock, lifetime_seconds: float, max_entries: int = 20_000) -> None:
        self._clock = clock
        self._lifetime_seconds = lifetime_seconds
        self._max_entries = max_entries
        self._entries: dict[Key, tuple[float, Value]] = {}

    def __contains__(self, key: Key) -> bool:
        entry = self._entries.get(key)
        return entry is not None and abs(self._clock.monotonic() - entry[0]) <= self._lifetime_seconds

    def get(self, key: Key) -> Value | None:
        """The value, unless it has expired; ask `in` first where None is a value."""
        return self._entries[key][1] if key in self else None

    def put(self, key: Key, value: Value) -> Value:
        """Cache a value and return it."""
        if len(self._entries) >= self._max_entries and key not in self._entries:
            self._entries.clear()
        self._entries[key] = (self._clock.monotonic(), value)
        return value

    def discard(self, key: Key) -> None:
        """Drop one entry, if it is there."""
        self._entries.pop(key, None)
