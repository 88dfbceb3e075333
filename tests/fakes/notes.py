"""Notes kept in memory."""

import json
from collections.abc import Callable
from typing import Any


class MemoryNotes:
    """Keeps JSON values as long as it lives."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    async def get(self, space: str, key: str) -> Any:
        """What is noted, or None."""
        body = self.kept.get((space, key))
        return None if body is None else json.loads(body)

    async def put(self, space: str, key: str, value: Any) -> None:
        """Note a JSON value."""
        self.kept[space, key] = json.dumps(value)

    async def change(self, space: str, key: str, change: Callable[[Any], Any]) -> Any:
        """Note what a change makes of what is noted; what is noted then."""
        new = change(await self.get(space, key))
        await self.put(space, key, new)
        return new

    async def drop(self, space: str, key: str) -> None:
        """Forget it."""
        self.kept.pop((space, key), None)

    async def sweep(self, space: str, start: str) -> None:
        """Forget everything whose key starts so."""
        for known in [each for each in self.kept if each[0] == space and each[1].startswith(start)]:
            del self.kept[known]
