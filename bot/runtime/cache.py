"""Caches whose entries expire. Every process has its own, so another replica may lag by the lifetime."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore

SETTINGS_CACHE_SECONDS = 5.0  # a change made at another replica is seen after this time at the latest

Key = TypeVar("Key")
Value = TypeVar("Value")
SettingsT = TypeVar("SettingsT")


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


class StoredSettings(Generic[SettingsT]):
    """Settings of one kind, one JSON object for each channel or person, cached for a few seconds."""

    def __init__(
        self, key_value: KeyValueStore, clock: Clock, space: str, parse: Callable[[dict[str, Any]], SettingsT]
    ) -> None:
        self._key_value = key_value
        self._space = space
        self._parse = parse
        self._cache = TtlCache[str, SettingsT](clock, SETTINGS_CACHE_SECONDS)

    async def read(self, key: str) -> SettingsT:
        """The settings of a key; those of an unknown key are empty."""
        if (cached := self._cache.get(key)) is not None:
            return cached
        return self._cache.put(key, self._parse(await self._key_value.get(self._space, key) or {}))

    async def write(self, key: str, settings: SettingsT, stored: dict[str, Any]) -> SettingsT:
        """Store settings in place of what was there."""
        if stored:
            await self._key_value.put(self._space, key, stored)
        else:
            await self._key_value.delete(self._space, key)
        return self._cache.put(key, settings)

    async def update(self, key: str, change: Callable[[SettingsT], dict[str, Any]]) -> SettingsT:
        """Change what is stored now, which another replica may have changed since it was cached."""
        stored = await self._key_value.update(self._space, key, lambda stored: change(self._parse(stored or {})))
        return self._cache.put(key, self._parse(stored))
