"""What all other parts are built on: what was set and handed in, what is kept, and who makes videos."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.chat import Chat
from bot.clock import Clock
from bot.errors import Broken
from bot.settings import Settings
from bot.studio import Studio
from bot.wiring.home import Home
from bot.wiring.studios import Studios


@dataclass(frozen=True)
class Site:
    """The ground that one didtalk stands on."""

    settings: Settings
    clock: Clock
    home: Home
    made: Studios
    chats: dict[str, Chat]
    broken: Callable[[Broken], None] | None  # told when nothing goes on without the operator
    settle: float

    @property
    def studios(self) -> dict[str, Studio]:
        """Who makes videos, by name."""
        return self.made.by_name
