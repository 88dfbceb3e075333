"""Pictures, sound and video: by link, upload or name; and the shelf where bytes lie while we hold them."""

import unicodedata
from collections.abc import AsyncIterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_validator

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

    @field_validator("name")
    @classmethod
    def _clean_name(cls, name: str) -> str:
        return clean_file_name(name)

    @property
    def scheme(self) -> str:
        """Who can fetch it."""
        return self.address.partition(":")[0]


@dataclass(frozen=True)
class FileLimits:
    """What a studio takes of one kind of media; None where it does not say."""

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
    """A file made fit for a studio."""

    path: Path
    format: str
    size: int
    digest: str
    seconds: float | None = None
    width: int | None = None
    height: int | None = None


class StoredVideo(BaseModel):
    """A finished video on our shelf, with what we know of it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    video: str
    captions: str | None = None
    seconds: float | None = None
    size: int | None = None


class Shelf(Protocol):
    """Where bytes lie while we hold them."""

    async def store(self, chunks: AsyncIterable[bytes], name: str, max_bytes: int) -> str:
        """Keep a stream under a new key; refuse it once it is longer than `most` bytes."""

    def path_of(self, key: str) -> Path:
        """Where the bytes of a key lie."""

    async def delete(self, key: str) -> None:
        """Let the bytes go; dropping what is not there is not an error."""

    async def delete_all(self, owner: str) -> None:
        """Let go of everything that lies there under the name of one job."""


class FileFitter(Protocol):
    """Looks into a file and makes it fit, or refuses it with a sentence."""

    async def fit(self, source: Path, limits: FileLimits, name: str) -> PreparedFile:
        """A file within the limits, beside the source when it had to be made anew."""

    async def duration(self, video: Path) -> float | None:
        """How long a finished video plays; None when it does not say."""


class FileHost(Protocol):
    """Puts a file where a studio can fetch it, for what it cannot be sent."""

    async def host(self, path: Path, name: str, owner: str) -> str:
        """An address the studio can fetch the file from, until it is no use to the job it is for."""


class LinkFetcher(Protocol):
    """Downloads a public link, and nothing that is not public."""

    async def fetch(self, url: str, to: Path, max_bytes: int) -> None:
        """Stream the link to a file; refuse it once it is longer than `most` bytes."""


def is_private_address(link: str) -> bool:
    """Whether an address leads into somebody's own network; what a name means is for whoever fetches it to find out."""
    host = urlsplit(link).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))
