"""The seam between the sandbox and whatever makes its videos."""

from pathlib import Path
from typing import Protocol, runtime_checkable

from adapters.sandbox.render.order import Film, Order, Voice


class Renderer(Protocol):
    """Makes one video of one order."""

    async def render(self, order: Order) -> Film:
        """Write the film, or raise ``Spoilt`` when the material forbids it."""
        ...


@runtime_checkable
class Sampler(Protocol):
    """A renderer that can also let a voice be heard alone."""

    async def sample(self, voice: Voice, text: str, out: Path) -> None:
        """Write a short sound file of this voice."""
        ...
