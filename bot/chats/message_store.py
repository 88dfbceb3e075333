"""A wall keeps the messages of a chat that has no servers of its own. Every change has a number, so that whoever was
away asks for what came after the last one they saw, and misses nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class StoredMessage:
    """One message as it is kept: what is searched for, and the rest of it in `body`."""

    id: str
    channel: str
    body: Mapping[str, Any]
    thread: str = ""  # the message its thread began with
    visible_to: str = ""  # the only person who sees it; nobody in particular when empty
    unique_key: str | None = None  # what it stands for; two leaves never bear the same one
    seq: int = 0  # the number of its last change


EditMessage = Callable[[StoredMessage], Mapping[str, Any] | None]


class MessageStore(Protocol):
    """Keeps leaves and files. Every method is one whole transaction."""

    async def add(self, messages: Sequence[StoredMessage]) -> list[StoredMessage]:
        """Keep new leaves; for each whose mark is already there, give back the one that bears it."""
        ...

    async def edit(self, message: str, edit: EditMessage) -> StoredMessage | None:
        """Change the body of a leaf, unless `edit` says None; the leaf as it is then, None when there is none."""
        ...

    async def get(self, message: str) -> StoredMessage | None:
        """One leaf by its id."""
        ...

    async def find_by_key(self, unique_key: str) -> StoredMessage | None:
        """The leaf that bears a mark."""
        ...

    async def changes_since(self, seq: int, visible_to: str, limit: int) -> list[StoredMessage]:
        """What this person may see of what changed after a number, oldest change first."""
        ...

    async def latest_in_channel(self, channel: str, visible_to: str, before: str, limit: int) -> list[StoredMessage]:
        """The newest leaves of a channel before an id, oldest first, with the ones their threads began with."""
        ...

    async def last_change(self) -> int:
        """The number of the last change."""
        ...

    async def save_file_facts(self, key: str, facts: Mapping[str, Any]) -> None:
        """Keep what is known of a file on the shelf."""
        ...

    async def file_facts(self, key: str) -> Mapping[str, Any] | None:
        """What is known of a file."""
        ...

    async def add_channel(self, name: str, facts: Mapping[str, Any]) -> None:
        """Keep a channel, unless there is one of that name."""
        ...

    async def list_channels(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Every channel, oldest first."""
        ...
