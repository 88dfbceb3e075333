"""Settings stored by key, one JSON object for each channel or person, and cached for a few seconds."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from bot.runtime.clock import Clock
from bot.runtime.key_value import KeyValueStore
from bot.runtime.ttl_cache import TtlCache

SETTINGS_CACHE_SECONDS = 5.0  # a change made at another replica is seen after this time at the latest

SettingsT = TypeVar("SettingsT")


class StoredSettings(Generic[SettingsT]):
    """Reads and writes the settings of one kind."""

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
