"""What the worker process is told and what it answers, and the pieces every kind of fitting shares."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bot.requests.media import Fitted, Kind, Limits


@dataclass(frozen=True)
class Task:
    """One file to make fit: results go to `stem` plus an ending, the source stays as it is."""

    source: Path
    stem: Path
    name: str
    limits: Limits
    seconds: float

    def out(self, form: str) -> Path:
        """Where a result in this format goes."""
        return self.stem.with_name(f"{self.stem.name}.{ENDINGS.get(form, form)}")

    @property
    def formats(self) -> frozenset[str]:
        """The formats that are taken, in our words."""
        return spelt(self.limits.kind, self.limits.formats)

    @property
    def size(self) -> int:
        """How many bytes the source has."""
        return self.source.stat().st_size


@dataclass(frozen=True)
class No:
    """Why a file cannot be used; `ours` when that is this installation's fault and not the file's."""

    sentence: str
    cause: str = ""
    ours: bool = False


TASK = TypeAdapter(Task)
ANSWER: TypeAdapter[Fitted | No] = TypeAdapter(Fitted | No)

ENDINGS = {"jpeg": "jpg"}  # as studios look for it in addresses
SAME: dict[Kind, dict[str, str]] = {
    Kind.PICTURE: {"jpg": "jpeg", "tif": "tiff", "heif": "heic"},
    # A file with only sound is M4A to us, also where a studio calls it MP4.
    Kind.SOUND: {
        "mp4": "m4a",
        "mpeg": "mp3",
        "x-wav": "wav",
        "wave": "wav",
        "oga": "ogg",
        "opus": "ogg",
        "aif": "aiff",
    },
    Kind.VIDEO: {"mpg": "mpeg", "quicktime": "mov", "m4v": "mp4"},
    Kind.TEXT: {"txt": "text", "plain": "text"},
}


def spelt(kind: Kind, formats: Iterable[str]) -> frozenset[str]:
    """Formats in our words, from whatever a studio calls them: jpg, .JPG, image/jpeg."""
    words = (form.lower().rpartition("/")[2].lstrip(".") for form in formats)
    return frozenset(SAME[kind].get(word, word) for word in words)


def fitted(path: Path, form: str, seconds: float | None = None, sides: tuple[int, int] | None = None) -> Fitted:
    """A finished file with its size and digest."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    width, height = sides or (None, None)
    return Fitted(path, form, path.stat().st_size, digest, seconds, width, height)
