"""What people do while the bot is killed."""

import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache

from PIL import Image

from tests.chaos.cast import Cast

Play = Callable[[Cast], Awaitable[None]]


@dataclass(frozen=True)
class Scenario:
    """One story in one chat with one studio."""

    play: Play
    chat: str
    studio: str

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"{self.chat} × {self.studio}: {(self.play.__doc__ or '').rstrip('.')}"


async def speak(cast: Cast) -> None:
    """A line is spoken."""
    await cast.ask("Hello")


async def present(cast: Cast) -> None:
    """A presenter speaks."""
    await cast.ask("Good morning", command="did video")


async def with_photo(cast: Cast) -> None:
    """A photo speaks."""
    await cast.ask("Hello from a photo", photo())


async def stopped(cast: Cast) -> None:
    """Stopped at once."""
    await cast.cancel(await cast.ask("Never mind"))


async def cancelled(cast: Cast) -> None:
    """Stopped while it is made."""
    gesture = await cast.ask("Never mind [fault:slow=3]")
    await cast.until(gesture, "rendering")
    await cast.cancel(gesture)


async def redone(cast: Cast) -> None:
    """Asked once more."""
    await cast.redo(await cast.ask("Once more"))


async def deleted(cast: Cast) -> None:
    """Deleted when it is there."""
    await cast.delete(await cast.ask("Forget this"))


async def announced(cast: Cast) -> None:
    """Another channel hears of it."""
    await cast.subscribe()
    await cast.ask("Tell the others")


async def refused(cast: Cast) -> None:
    """The studio refuses, and says why."""
    await cast.ask("Not this [fault:451=text]")


@cache
def photo() -> bytes:
    """A picture of nobody."""
    out = io.BytesIO()
    Image.new("RGB", (512, 512), (90, 120, 150)).save(out, "PNG")
    return out.getvalue()


SHORT = (
    Scenario(speak, "console", "did"),
    Scenario(speak, "slack", "did"),
    Scenario(speak, "discord", "did"),
)
ALL = (
    *SHORT,
    Scenario(present, "console", "heygen-v2"),  # v2 accounts hold three photos only, and each run here brings one
    Scenario(speak, "console", "heygen-v3"),
    *(Scenario(with_photo, chat, "did") for chat in ("console", "slack", "discord")),
    *(Scenario(stopped, chat, "did") for chat in ("console", "slack", "discord")),
    *(Scenario(cancelled, chat, "did") for chat in ("console", "slack", "discord")),
    *(Scenario(deleted, chat, "did") for chat in ("console", "slack", "discord")),
    *(Scenario(announced, chat, "did") for chat in ("console", "slack", "discord")),
    Scenario(redone, "console", "did"),
    Scenario(refused, "console", "did"),
)
