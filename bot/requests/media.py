"""Pictures, sound and video: by link, upload or name; and the shelf where bytes lie while we hold them."""

import re
import unicodedata
from collections.abc import AsyncIterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_validator

_DIMENSION = re.compile(r"(\d{1,5})\s*[x×*, ]\s*(\d{1,5})")
DIMENSION_RULE = "size must be two even numbers from 128 to 4096, such as 1280x720"
MAX_NAME_CHARACTERS = 120
_QUOTES = frozenset('"“”')


def clean_file_name(name: str) -> str:
    """The last part of a path without invisible characters: no folder, line break or text direction mark."""
    last = name[-1000:].replace("\\", "/").rstrip("/").rpartition("/")[2]
    plain = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in last if each not in _QUOTES)
    plain = " ".join(plain.split())
    return plain if len(plain) <= MAX_NAME_CHARACTERS else f"{plain[: MAX_NAME_CHARACTERS - 13]}…{plain[-12:]}"


class MediaKind(StrEnum):
    """What a file is, judged by its first bytes and never by its name."""

    PICTURE = "picture"
    SOUND = "sound"
    VIDEO = "video"
    TEXT = "text"


class Media(BaseModel):
    """Something a person gave, by an address that stays good for days.

    `at` is `shelf:<key>` for bytes we hold, `https://…` for a link, `<chat>:<id>` for what a chat keeps for us,
    `portrait:<name>` for a face that ships with didtalk.
    """

    model_config = ConfigDict(frozen=True)

    kind: MediaKind
    address: str
    name: str = ""
    seconds: float | None = None  # its length, where we know it

    @field_validator("name")
    @classmethod
    def _clean_name(cls, name: str) -> str:
        return clean_file_name(name)

    @property
    def scheme(self) -> str:
        return self.address.partition(":")[0]


@dataclass(frozen=True)
class FileLimits:
    """What a studio accepts of one kind of file; None means no limit."""

    kind: MediaKind
    max_bytes: int
    formats: tuple[str, ...]
    min_side: int | None = None
    max_side: int | None = None
    max_pixels: int | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None


@dataclass(frozen=True)
class PreparedFile:
    """A file that a studio accepts."""

    path: Path
    format: str
    size: int
    digest: str
    seconds: float | None = None
    width: int | None = None
    height: int | None = None


class StoredVideo(BaseModel):
    """A finished video on our shelf."""

    model_config = ConfigDict(frozen=True, extra="allow")

    video: str
    captions: str | None = None
    seconds: float | None = None
    size: int | None = None


class Shelf(Protocol):
    """Stores the files we hold."""

    async def store(self, chunks: AsyncIterable[bytes], name: str, max_bytes: int) -> str:
        """Store a stream under a new key; Refused when it is longer than that."""

    def path_of(self, key: str) -> Path:
        """Where the bytes of a key lie."""

    async def delete(self, key: str) -> None:
        """Deleting what is not there is no error."""

    async def delete_all(self, owner: str) -> None:
        """Delete all files of one job."""


class FileFitter(Protocol):
    """Makes a file fit the limits, or refuses it."""

    async def fit(self, source: Path, limits: FileLimits, name: str) -> PreparedFile:
        """A file within the limits, beside the source if it had to be converted."""

    async def duration(self, video: Path) -> float | None:
        """How long a finished video plays; None when it does not say."""


class FileHost(Protocol):
    """Puts a file where a studio can fetch it, if it cannot be uploaded."""

    async def host(self, path: Path, name: str, owner: str) -> str:
        """A public address that works until the job no longer needs it."""


class LinkFetcher(Protocol):
    """Downloads links, but only public ones."""

    async def fetch(self, url: str, to: Path, max_bytes: int) -> None:
        """Stream the link to a file; Refused when it is longer than that."""


def is_private_address(link: str) -> bool:
    """True for an address in a private network; what a name resolves to is checked on fetching."""
    host = urlsplit(link).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))


def parse_dimension(given: str) -> str | None:
    """Width and height as 1280x720, if studios accept them."""
    match = _DIMENSION.fullmatch(given.strip())
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    return f"{sides[0]}x{sides[1]}" if all(side % 2 == 0 and 128 <= side <= 4096 for side in sides) else None
