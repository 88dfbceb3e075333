"""What people do while the bot is killed."""

import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache

from PIL import Image

from tests.kill_tests.actors import Actors

ScenarioSteps = Callable[[Actors], Awaitable[None]]


@dataclass(frozen=True)
class Scenario:
    """One story in one chat with one studio."""

    play_steps: ScenarioSteps
    chat: str
    studio: str

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"{self.chat} × {self.studio}: {(self.play_steps.__doc__ or '').rstrip('.')}"


async def speak_line(actors: Actors) -> None:
    """A line is spoken."""
    await actors.ask("Hello")


async def present_line(actors: Actors) -> None:
    """A presenter speaks."""
    await actors.ask("Good morning", command="did video")


async def speak_with_photo(actors: Actors) -> None:
    """A photo speaks."""
    await actors.ask("Hello from a photo", make_photo())


async def stop_at_once(actors: Actors) -> None:
    """Stopped at once."""
    await actors.cancel(await actors.ask("Never mind"))


async def cancel_rendering(actors: Actors) -> None:
    """Stopped while it is made."""
    gesture = await actors.ask("Never mind [fault:slow=3]")
    await actors.wait_for_stage(gesture, "rendering")
    await actors.cancel(gesture)


async def redo_job(actors: Actors) -> None:
    """Asked once more."""
    await actors.redo(await actors.ask("Once more"))


async def delete_delivered(actors: Actors) -> None:
    """Deleted when it is there."""
    await actors.delete(await actors.ask("Forget this"))


async def announce_elsewhere(actors: Actors) -> None:
    """Another channel hears of it."""
    await actors.subscribe()
    await actors.ask("Tell the others")


async def refuse_at_studio(actors: Actors) -> None:
    """The studio refuses, and says why."""
    await actors.ask("Not this [fault:451=text]")


@cache
def make_photo() -> bytes:
    """A picture of nobody."""
    out = io.BytesIO()
    Image.new("RGB", (512, 512), (90, 120, 150)).save(out, "PNG")
    return out.getvalue()


SHORT_SCENARIOS = (
    Scenario(speak_line, "console", "did"),
    Scenario(speak_line, "slack", "did"),
    Scenario(speak_line, "discord", "did"),
)
ALL_SCENARIOS = (
    *SHORT_SCENARIOS,
    Scenario(present_line, "console", "heygen-v2"),  # v2 accounts hold three photos only, and each run here brings one
    Scenario(speak_line, "console", "heygen-v3"),
    *(Scenario(speak_with_photo, chat, "did") for chat in ("console", "slack", "discord")),
    *(Scenario(stop_at_once, chat, "did") for chat in ("console", "slack", "discord")),
    *(Scenario(cancel_rendering, chat, "did") for chat in ("console", "slack", "discord")),
    *(Scenario(delete_delivered, chat, "did") for chat in ("console", "slack", "discord")),
    *(Scenario(announce_elsewhere, chat, "did") for chat in ("console", "slack", "discord")),
    Scenario(redo_job, "console", "did"),
    Scenario(refuse_at_studio, "console", "did"),
)
