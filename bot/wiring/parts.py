"""What all other parts are built on: what was set and handed in, what is kept, and who makes videos."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.chats.chat import Chat
from bot.errors import Broken
from bot.runtime.clock import Clock
from bot.settings import Settings
from bot.studios.studio import Studio
from bot.wiring.persistence import Persistence
from bot.wiring.studios import StudioSet


@dataclass(frozen=True)
class CoreServices:
    """The ground that one didtalk stands on."""

    settings: Settings
    clock: Clock
    persistence: Persistence
    studio_set: StudioSet
    chats: dict[str, Chat]
    on_broken: Callable[[Broken], None] | None  # told when nothing goes on without the operator
    settle_seconds: float

    @property
    def studios(self) -> dict[str, Studio]:
        """Who makes videos, by name."""
        return self.studio_set.by_name
