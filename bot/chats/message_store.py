"""The message store of a chat without servers of its own.

Every change has a number: a reader who was away asks for the changes after the last one they saw.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class StoredMessage:
    """One message: the searchable fields, and the rest in `body`."""

    id: str
    channel: str
    body: Mapping[str, Any]
    thread: str = ""  # the first message of its thread
    visible_to: str = ""  # one person; empty for everybody
    unique_key: str | None = None  # no two messages have the same
    seq: int = 0  # the number of its last change


EditMessage = Callable[[StoredMessage], Mapping[str, Any] | None]


class MessageStore(Protocol):
    """Stores messages and facts about files. Every method is one whole transaction."""

    async def add(self, messages: Sequence[StoredMessage]) -> list[StoredMessage]:
        """Store new messages; for one whose unique key exists, return the message that has it."""

    async def edit(self, message: str, edit: EditMessage) -> StoredMessage | None:
        """Change the body, unless `edit` returns None; the message as it is then."""

    async def get(self, message: str) -> StoredMessage | None: ...

    async def find_by_key(self, unique_key: str) -> StoredMessage | None: ...

    async def changes_since(self, seq: int, visible_to: str, limit: int) -> list[StoredMessage]:
        """The messages this person may see that changed after `seq`, oldest change first."""

    async def latest_in_channel(self, channel: str, visible_to: str, before: str, limit: int) -> list[StoredMessage]:
        """The newest messages of a channel before an id, oldest first, with the first of each thread."""

    async def last_change(self) -> int:
        """Its number."""

    async def save_file_facts(self, key: str, facts: Mapping[str, Any]) -> None: ...

    async def file_facts(self, key: str) -> Mapping[str, Any] | None: ...

    async def add_channel(self, name: str, facts: Mapping[str, Any]) -> None:
        """Add a channel, unless there is one of that name."""

    async def list_channels(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Every channel, oldest first."""
