"""Worker processes: how they are run, what they are sent and answer, and what every kind of fitting shares."""

import asyncio
import contextlib
import hashlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bot.requests.media import FileLimits, MediaKind, PreparedFile


@dataclass(frozen=True)
class FitTask:
    """One file to make fit: results go to `output_stem` plus an ending, the source stays as it is."""

    source: Path
    output_stem: Path
    name: str
    limits: FileLimits
    timeout_seconds: float

    def output_path(self, format_: str) -> Path:
        return self.output_stem.with_name(f"{self.output_stem.name}.{FILE_ENDINGS.get(format_, format_)}")

    @property
    def formats(self) -> frozenset[str]:
        """The accepted formats, by our names."""
        return normalise_formats(self.limits.kind, self.limits.formats)

    @property
    def size(self) -> int:
        return self.source.stat().st_size


@dataclass(frozen=True)
class FitRefusal:
    """Why a file cannot be used; `our_fault` when that is this installation's fault and not the file's."""

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
        "mp4": "m4a", "mpeg": "mp3", "x-wav": "wav", "wave": "wav", "oga": "ogg", "opus": "ogg", "aif": "aiff",
    },
    MediaKind.VIDEO: {"mpg": "mpeg", "quicktime": "mov", "m4v": "mp4"},
    MediaKind.TEXT: {"txt": "text", "plain": "text"},
}  # fmt: skip


def normalise_formats(kind: MediaKind, formats: Iterable[str]) -> frozenset[str]:
    """Formats by our names, from any name a studio may use: jpg, .JPG, image/jpeg."""
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


async def run_process(command: Sequence[str], data: bytes, timeout_seconds: float) -> tuple[bytes, int]:
    """A process's output and exit code; it is dead when this returns, however this returns.

    It has its own session, as a Ctrl-C is for the bot alone. Its environment has none of the bot's keys: only where our
    modules are, and few memory arenas, which would count against the memory limit.
    """
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "MALLOC_ARENA_MAX": "2"}
    if sys.platform == "win32":
        environment["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", "")
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True, env=environment
    )
    try:
        async with asyncio.timeout(timeout_seconds):
            output, _ = await process.communicate(data)
        return output, process.returncode or 0
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
