"""What a render is asked for, what it yields, and how it refuses."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MAX_VIDEO_SECONDS = 120.0
"""Seconds after which a film is cut: a sandbox needs no more, and a text may have 40,000 characters."""

RenderErrorKind = Literal["FaceError", "SourceError", "DriverError", "LogoError", "UnknownError"]


@dataclass(frozen=True)
class SpeechVoice:
    """How the speech of a film sounds."""

    language: str = "en-US"
    gender: str = "female"
    rate: float = 1.0
    pitch: float = 1.0
    variant: int = 0


@dataclass(frozen=True)
class SampleOrder:
    """A few words to hear a voice by."""

    voice: SpeechVoice
    text: str
    out: Path


@dataclass(frozen=True)
class FaceSearch:
    """A picture in which faces are wanted, and no film."""

    picture: Path


@dataclass(frozen=True)
class FaceBox:
    """Where a face is, in pixels, and how surely, up to 1."""

    left: int
    top: int
    right: int
    bottom: int
    confidence: float


@dataclass(frozen=True)
class RenderScene:
    """One scene of a storyboard."""

    picture: Path | None = None
    photo: bool = False  # a photo as it was given; else one of our people, free before the background
    shape: Literal["normal", "circle", "square", "closeUp"] = "normal"
    scale: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)  # right and down, in parts of the frame
    circle_colour: str | None = None  # the colour within a circle
    text: str | None = None
    sound: Path | None = None
    silence: float = 0.0
    voice: SpeechVoice = SpeechVoice()
    happy: bool = False
    family: str = "natural"
    background: str | None = None
    background_picture: Path | None = None
    background_video: Path | None = None
    fit: str = "cover"
    play: str = "fit_to_scene"


@dataclass(frozen=True)
class RenderOrder:
    """Everything one render needs, small enough to send to another process."""

    kind: Literal["talk", "animation", "presenter", "translation", "storyboard"]
    out: Path
    picture: Path | None = None
    face: tuple[int, int, int, int] | None = None
    text: str | None = None
    ssml: bool = False
    sound: Path | None = None
    voice: SpeechVoice = SpeechVoice()
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
    max_side: int | None = None
    logo: Path | None = None
    logo_position: tuple[int, int] = (0, 0)
    video: Path | None = None
    language: str | None = None
    format: str = "mp4"
    label: str = ""
    scenes: tuple[RenderScene, ...] = ()
    burn_captions: bool = False  # captions in the picture too


@dataclass(frozen=True)
class RenderedVideo:
    """A finished video and what a vendor would say about it."""

    path: Path
    captions: Path | None
    seconds: float
    width: int
    height: int
    frames: int
    fps: float


class RenderFailed(Exception):
    """The material makes a render impossible; another try with the same material would end the same."""

    def __init__(self, kind: RenderErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind: RenderErrorKind = kind
        self.message = message
