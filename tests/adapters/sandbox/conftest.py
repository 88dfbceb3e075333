"""A sandbox per test, and small pictures and sounds to hand in."""

import io
import struct
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.adapters.sandbox.sandbox_harness import SandboxHarness, sandbox_harness


@pytest.fixture
async def b(tmp_path: Path) -> AsyncIterator[SandboxHarness]:
    """A sandbox that renders nothing, served."""
    async with sandbox_harness(tmp_path) as one:
        yield one


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """Draws a plain picture."""

    def draw(width: int = 200, height: int = 220, kind: str = "PNG") -> bytes:
        file = io.BytesIO()
        Image.new("RGB", (width, height), (90, 120, 150)).save(file, kind)
        return file.getvalue()

    return draw


@pytest.fixture
def sound() -> Callable[[float], bytes]:
    """Makes a tone of so many seconds."""

    def tone(seconds: float) -> bytes:
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(2000)
            out.writeframes(struct.pack("<h", 900) * round(2000 * seconds))
        return file.getvalue()

    return tone
