"""What one render needs, and what comes of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Voice:
    """How a spoken text sounds."""

    language: str = "en-US"
    gender: str = "female"
    rate: float = 1.0
    pitch: float = 1.0
    variant: int = 0


@dataclass(frozen=True)
class Order:
    """Everything one render needs; picklable."""

    kind: Literal["talk", "animation", "presenter", "translation"]
    out: Path
    picture: Path | None = None
    face: tuple[int, int, int, int] | None = None
    text: str | None = None
    ssml: bool = False
    sound: Path | None = None
    voice: Voice = Voice()
    subtitles: bool = False
    stitch: bool = False
    expressions: tuple[tuple[int, str, float], ...] = ()
    pad: float = 0.0
    fluent: bool = False
    family: str = "natural"
    driver: str = ""
    mute: bool = True
    faces: int = 1
    background: str | None = None
    background_picture: Path | None = None
    crop: tuple[float, float, float, float] | None = None
    size: tuple[int, int] | None = None
    longest: int | None = None
    logo: Path | None = None
    logo_position: tuple[int, int] = (0, 0)
    video: Path | None = None
    language: str | None = None
    format: str = "mp4"
    label: str = ""
    instant: bool = False


@dataclass(frozen=True)
class Film:
    """A finished video on disk."""

    path: Path
    captions: Path | None
    seconds: float
    width: int
    height: int
    frames: int
    fps: float


class Spoilt(Exception):
    """A render refused for a reason in the material."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(kind, sentence)
        self.kind = kind
        self.sentence = sentence
