"""What the worker process is told and what it answers, and the pieces every kind of fitting shares."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bot.requests.media import FileLimits, MediaKind, PreparedFile


@dataclass(frozen=True)
class FitTask:
    """One file to make fit: results go to `stem` plus an ending, the source stays as it is."""

    source: Path
    output_stem: Path
    name: str
    limits: FileLimits
    timeout_seconds: float

    def output_path(self, format_: str) -> Path:
        """Where a result in this format goes."""
        return self.output_stem.with_name(f"{self.output_stem.name}.{FILE_ENDINGS.get(format_, format_)}")

    @property
    def formats(self) -> frozenset[str]:
        """The formats that are taken, in our words."""
        return normalise_formats(self.limits.kind, self.limits.formats)

    @property
    def size(self) -> int:
        """How many bytes the source has."""
        return self.source.stat().st_size


@dataclass(frozen=True)
class FitRefusal:
    """Why a file cannot be used; `ours` when that is this installation's fault and not the file's."""

    sentence: str
    cause: str = ""
    our_fault: bool = False


TASK_ADAPTER = TypeAdapter(FitTask)
ANSWER_ADAPTER: TypeAdapter[PreparedFile | FitRefusal] = TypeAdapter(PreparedFile | FitRefusal)

FILE_ENDINGS = {"jpeg": "jpg"}  # as studios look for it in addresses
FORMAT_ALIASES: dict[MediaKind, dict[str, str]] = {
    MediaKind.PICTURE: {"jpg": "jpeg", "tif": "tiff", "heif": "heic"},
    # A file with only sound is M4A to us, also where a studio calls it MP4.
    MediaKind.SOUND: {
        "mp4": "m4a",
        "mpeg": "mp3",
        "x-wav": "wav",
        "wave": "wav",
        "oga": "ogg",
        "opus": "ogg",
        "aif": "aiff",
    },
    MediaKind.VIDEO: {"mpg": "mpeg", "quicktime": "mov", "m4v": "mp4"},
    MediaKind.TEXT: {"txt": "text", "plain": "text"},
}


def normalise_formats(kind: MediaKind, formats: Iterable[str]) -> frozenset[str]:
    """Formats in our words, from whatever a studio calls them: jpg, .JPG, image/jpeg."""
    names = (format_.lower().rpartition("/")[2].lstrip(".") for format_ in formats)
    return frozenset(FORMAT_ALIASES[kind].get(name, name) for name in names)


def prepared_file(
    path: Path, format_: str, seconds: float | None = None, sides: tuple[int, int] | None = None
) -> PreparedFile:
    """A finished file with its size and digest."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    width, height = sides or (None, None)
    return PreparedFile(path, format_, path.stat().st_size, digest, seconds, width, height)
