"""Pictures, sound and video: by link, upload or name; and the shelf where bytes lie while we hold them."""

from collections.abc import AsyncIterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, field_validator

from bot.security.file_names import shown


class Kind(StrEnum):
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

    kind: Kind
    at: str
    name: str = ""

    @field_validator("name")
    @classmethod
    def _shown(cls, name: str) -> str:
        return shown(name)

    @property
    def scheme(self) -> str:
        """Who can fetch it."""
        return self.at.partition(":")[0]


@dataclass(frozen=True)
class Limits:
    """What a studio takes of one kind of media; None where it does not say."""

    kind: Kind
    most_bytes: int
    formats: tuple[str, ...]
    least_side: int | None = None
    most_side: int | None = None
    most_pixels: int | None = None
    least_seconds: float | None = None
    most_seconds: float | None = None


@dataclass(frozen=True)
class Fitted:
    """A file made fit for a studio."""

    path: Path
    format: str
    size: int
    digest: str
    seconds: float | None = None
    width: int | None = None
    height: int | None = None


class Kept(BaseModel):
    """A finished video on our shelf, with what we know of it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    video: str
    captions: str | None = None
    seconds: float | None = None
    size: int | None = None


class Shelf(Protocol):
    """Where bytes lie while we hold them."""

    async def put(self, chunks: AsyncIterable[bytes], name: str, most: int) -> str:
        """Keep a stream under a new key; refuse it once it is longer than `most` bytes."""
        ...

    def path(self, key: str) -> Path:
        """Where the bytes of a key lie."""
        ...

    async def drop(self, key: str) -> None:
        """Let the bytes go; dropping what is not there is not an error."""
        ...

    async def drop_all(self, owner: str) -> None:
        """Let go of everything that lies there under the name of one job."""
        ...


class Fitter(Protocol):
    """Looks into a file and makes it fit, or refuses it with a sentence."""

    async def fit(self, source: Path, limits: Limits, name: str) -> Fitted:
        """A file within the limits, beside the source when it had to be made anew."""
        ...

    async def seconds(self, video: Path) -> float | None:
        """How long a finished video plays; None when it does not say."""
        ...


class Host(Protocol):
    """Puts a file where a studio can fetch it, for what it cannot be sent."""

    async def host(self, path: Path, name: str, owner: str) -> str:
        """An address the studio can fetch the file from, until it is no use to the job it is for."""
        ...


class Fetcher(Protocol):
    """Downloads a public link, and nothing that is not public."""

    async def fetch(self, url: str, to: Path, most: int) -> None:
        """Stream the link to a file; refuse it once it is longer than `most` bytes."""
        ...


def inward(link: str) -> bool:
    """Whether an address leads into somebody's own network; what a name means is for whoever fetches it to find out."""
    host = urlsplit(link).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))
