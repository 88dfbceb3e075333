"""The key-value store, for data without a table of its own."""

from collections.abc import Callable
from typing import Any, Protocol


class KeyValueStore(Protocol):
    """JSON values by space and key."""

    async def get(self, space: str, key: str) -> Any:
        """The value, or None."""

    async def put(self, space: str, key: str, value: Any) -> None: ...

    async def update(self, space: str, key: str, change: Callable[[Any], Any]) -> Any:
        """Replace the value with `change(value)` in one transaction; the new value."""

    async def delete(self, space: str, key: str) -> None: ...

    async def delete_prefix(self, space: str, start: str) -> None: ...
