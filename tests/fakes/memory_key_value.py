"""Notes kept in memory."""

import json
from collections.abc import Callable
from typing import Any


class MemoryKeyValueStore:
    """Keeps JSON values as long as it lives."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}

    async def get(self, space: str, key: str) -> Any:
        """What is noted, or None."""
        body = self.values.get((space, key))
        return None if body is None else json.loads(body)

    async def put(self, space: str, key: str, value: Any) -> None:
        """Note a JSON value."""
        self.values[space, key] = json.dumps(value)

    async def update(self, space: str, key: str, change: Callable[[Any], Any]) -> Any:
        """Note what a change makes of what is noted; what is noted then."""
        new = change(await self.get(space, key))
        await self.put(space, key, new)
        return new

    async def delete(self, space: str, key: str) -> None:
        """Forget it."""
        self.values.pop((space, key), None)

    async def delete_prefix(self, space: str, start: str) -> None:
        """Forget everything whose key starts so."""
        for known in [each for each in self.values if each[0] == space and each[1].startswith(start)]:
            del self.values[known]
