"""Key-value pairs in memory."""

import json
from collections.abc import Callable
from typing import Any


class MemoryKeyValueStore:
    """Stores JSON values in a dictionary."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}

    async def get(self, space: str, key: str) -> Any:
        body = self.values.get((space, key))
        return None if body is None else json.loads(body)

    async def put(self, space: str, key: str, value: Any) -> None:
        self.values[space, key] = json.dumps(value)

    async def update(self, space: str, key: str, change: Callable[[Any], Any]) -> Any:
        new = change(await self.get(space, key))
        await self.put(space, key, new)
        return new

    async def delete(self, space: str, key: str) -> None:
        self.values.pop((space, key), None)

    async def delete_prefix(self, space: str, start: str) -> None:
        for known in [each for each in self.values if each[0] == space and each[1].startswith(start)]:
            del self.values[known]
