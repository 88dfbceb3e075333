"""A wall keeps the messages of a chat that has no servers of its own. Every change has a number, so that whoever was
away asks for what came after the last one they saw, and misses nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Leaf:
    """One message as it is kept: what is searched for, and the rest of it in `body`."""

    id: str
    channel: str
    body: Mapping[str, Any]
    thread: str = ""  # the message its thread began with
    whose: str = ""  # the only person who sees it; nobody in particular when empty
    mark: str | None = None  # what it stands for; two leaves never bear the same one
    seq: int = 0  # the number of its last change


Edit = Callable[[Leaf], Mapping[str, Any] | None]


class Wall(Protocol):
    """Keeps leaves and files. Every method is one whole transaction."""

    async def pin(self, leaves: Sequence[Leaf]) -> list[Leaf]:
        """Keep new leaves; for each whose mark is already there, give back the one that bears it."""
        ...

    async def edit(self, leaf: str, edit: Edit) -> Leaf | None:
        """Change the body of a leaf, unless `edit` says None; the leaf as it is then, None when there is none."""
        ...

    async def get(self, leaf: str) -> Leaf | None:
        """One leaf by its id."""
        ...

    async def marked(self, mark: str) -> Leaf | None:
        """The leaf that bears a mark."""
        ...

    async def since(self, seq: int, whose: str, limit: int) -> list[Leaf]:
        """What this person may see of what changed after a number, oldest change first."""
        ...

    async def latest(self, channel: str, whose: str, before: str, limit: int) -> list[Leaf]:
        """The newest leaves of a channel before an id, oldest first, with the ones their threads began with."""
        ...

    async def last(self) -> int:
        """The number of the last change."""
        ...

    async def keep(self, key: str, facts: Mapping[str, Any]) -> None:
        """Keep what is known of a file on the shelf."""
        ...

    async def kept(self, key: str) -> Mapping[str, Any] | None:
        """What is known of a file."""
        ...

    async def open_channel(self, name: str, facts: Mapping[str, Any]) -> None:
        """Keep a channel, unless there is one of that name."""
        ...

    async def channels(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Every channel, oldest first."""
        ...
