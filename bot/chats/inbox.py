"""What came in from a chat and is still to be done: kept before the chat is told that we have it.

A chat repeats an event until it is acknowledged, and never again afterwards. So the acknowledging waits for `keep`
alone, and whatever needs other calls (what was reacted to? which file is it?) is done from here, crash or no crash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class InboxEvent:
    """One thing that came in."""

    key: str
    body: dict[str, Any]
    attempts: int = 0


class Inbox(Protocol):
    """Keeps letters by chat. Every method is one whole transaction."""

    async def add(self, chat: str, key: str, body: dict[str, Any], now: float) -> bool:
        """Keep a letter durably; False when its key was kept before."""
        ...

    async def claim_due(self, chat: str, now: float, until: float, limit: int) -> list[InboxEvent]:
        """Hold letters that are due until that moment, the oldest first."""
        ...

    async def renew(self, chat: str, keys: Sequence[str], until: float) -> None:
        """Hold letters for longer, those of them that are not done."""
        ...

    async def mark_done(self, chat: str, key: str) -> None:
        """The letter needs nothing more; its key stays known and its words are forgotten."""
        ...

    async def retry_at(self, chat: str, key: str, due_at: float) -> None:
        """Try again then."""
        ...

    async def delete_done(self, chat: str, before: float) -> None:
        """Forget the keys of what was done and came before that moment."""
        ...
