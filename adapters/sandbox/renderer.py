"""The seam between the sandbox and whatever makes its videos."""

from pathlib import Path
from typing import Protocol, runtime_checkable

from adapters.sandbox.render.order import RenderedVideo, RenderOrder, SpeechVoice


class Renderer(Protocol):
    """Makes one video of one order."""

    async def render(self, order: RenderOrder) -> RenderedVideo:
        """Write the video, or raise ``RenderFailed`` when the input forbids it."""
        ...


@runtime_checkable
class VoiceSampler(Protocol):
    """A renderer that can also let a voice be heard alone."""

    async def render_sample(self, voice: SpeechVoice, text: str, out: Path) -> None:
        """Write a short sound file of this voice."""
        ...
