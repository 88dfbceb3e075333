"""What a chat is given when it opens: everything it may call, and nothing else."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from bot.clock import Clock
from bot.desk import Desk
from bot.gestures import Gestures
from bot.inbox import Inbox
from bot.installations import Installations
from bot.jobs import Jobs
from bot.media import Shelf
from bot.seal import Seal
from bot.subscriptions import Subscriptions

LINK_LIVES = 7 * 86400.0  # for how long a link to a file on the shelf is good


class Notes(Protocol):
    """A small durable memory, by space and key: drafts of forms, installations, what was synced."""

    async def get(self, space: str, key: str) -> Any:
        """What is noted, or None."""
        ...

    async def put(self, space: str, key: str, value: Any) -> None:
        """Note a JSON value."""
        ...

    async def drop(self, space: str, key: str) -> None:
        """Forget it."""
        ...


@dataclass(frozen=True)
class Door:
    """The inside of didtalk as a chat sees it."""

    desk: Desk
    gestures: Gestures
    jobs: Jobs
    shelf: Shelf
    notes: Notes
    subscriptions: Subscriptions
    seal: Seal
    clock: Clock
    link: Callable[[str, str], str | None]  # shelf key and file name → a signed public link, when there is an address
    inbox: Inbox
    installations: Installations


@runtime_checkable
class Opens(Protocol):
    """A chat through which people come in, not only one that is delivered to."""

    def routes(self) -> Sequence[Any]:
        """Its part of the HTTP surface: Starlette routes, asked for before it opens."""
        ...

    def open(self, door: Door) -> AbstractAsyncContextManager[None]:
        """Listen for as long as we are inside."""
        ...
