"""Events from a chat, stored before they are acknowledged.

A chat repeats an event until it is acknowledged, and never afterwards. So only `add` happens before that, and the rest
(which message was reacted to? which file is it?) is done from the inbox, even after a crash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class InboxEvent:
    key: str
    body: dict[str, Any]
    attempts: int = 0


class Inbox(Protocol):
    """Stores events by chat. Every method is one whole transaction."""

    async def add(self, chat: str, key: str, body: dict[str, Any], now: float) -> bool:
        """Store an event durably; False when its key was stored before."""
        ...

    async def claim_due(self, chat: str, now: float, until: float, limit: int) -> list[InboxEvent]:
        """Lease events that are due, the oldest first."""
        ...

    async def renew(self, chat: str, keys: Sequence[str], until: float) -> None:
        """Extend the leases of those that are not done."""
        ...

    async def mark_done(self, chat: str, key: str) -> None:
        """Keep only the key, to recognise repeats."""
        ...

    async def retry_at(self, chat: str, key: str, due_at: float) -> None: ...

    async def delete_done(self, chat: str, before: float) -> None:
        """Delete the keys of done events that came before that moment."""
        ...
