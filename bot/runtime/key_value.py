"""A small durable memory for what has no table of its own."""

from collections.abc import Callable
from typing import Any, Protocol


class KeyValueStore(Protocol):
    """A small durable memory, by space and key: drafts of forms, installations, what was synced."""

    async def get(self, space: str, key: str) -> Any:
        """What is noted, or None."""
        ...

    async def put(self, space: str, key: str, value: Any) -> None:
        """Note a JSON value."""
        ...

    async def update(self, space: str, key: str, change: Callable[[Any], Any]) -> Any:
        """Note what a change makes of what is noted, with nobody else changing it in between; what is noted then."""
        ...

    async def delete(self, space: str, key: str) -> None:
        """Forget it."""
        ...

    async def delete_prefix(self, space: str, start: str) -> None:
        """Forget everything whose key starts so."""
        ...
