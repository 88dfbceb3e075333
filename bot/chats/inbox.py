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
    tries: int = 0
    posting: bool = False  # of a notice: a post of it was begun


class Inbox(Protocol):
    """Stores events by chat. Every method is one whole transaction."""

    async def add(self, chat: str, key: str, body: dict[str, Any], now: float) -> bool:
        """Store an event durably; False when its key was stored before."""

    async def claim_due(self, chat: str, owner: str, now: float, until: float, limit: int) -> list[InboxEvent]:
        """Lease events that are due, the oldest first."""

    async def renew(self, chat: str, owner: str, keys: Sequence[str], until: float) -> None:
        """Extend the leases that the owner still has."""

    async def mark_done(self, chat: str, key: str) -> None:
        """Keep only the key, to recognise repeats."""

    async def retry_at(self, chat: str, key: str, owner: str, due_at: float) -> None:
        """Give the event back until then, if the owner still has it."""

    async def delete_done(self, chat: str, before: float) -> None:
        """Delete the keys of done events that came before that moment."""
