"""The files a request refers to: found, measured and refused as D-ID does."""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from adapters.sandbox import inspect_media
from adapters.sandbox.api.did.auth_and_errors import bad
from adapters.sandbox.context import House, portraits
from adapters.sandbox.inspect_media import Unreadable
from adapters.sandbox.store.file_store import BUCKET, fit_name

MEGABYTE = 1024 * 1024
PICTURE_BYTES = 10 * MEGABYTE
PIXELS = 10 * MEGABYTE
SMALLEST = 160
SOUND_BYTES = 15 * MEGABYTE
FOOTAGE = (9.9, 300.5)  # seconds; a frame more or less is nobody's fault

STAND_IN = "the sandbox fetches nothing from outside; one of its own portraits stands in"


_FIELDS = {
    "source": "source_url",
    "audio": "script.audio_url",
    "logo": "config.logo.url",
    "overlay": "config.overlay",
    "background": "background",
}


@dataclass(frozen=True)
class Found:
    """A file a request refers to, and the name the job knows it by."""

    path: Path
    name: str
    stand_in: bool = False


def addresses(body: Mapping[str, Any]) -> dict[str, str]:
    """Every address in a body, by the role of what lies there."""
    config, background = body.get("config", {}), body.get("background") or {}
    logo = config.get("logo")
    roles = {
        "source": body.get("source_url"),
        "audio": body.get("script", {}).get("audio_url"),
        "logo": logo["url"] if isinstance(logo, dict) else None,
        "overlay": config.get("overlay"),
        "background": background.get("source_url")
        or (background.get("value") if background.get("type") == "image_url" else None),
    }
    return {role: url for role, url in roles.items() if url}


async def gather(house: House, body: Mapping[str, Any]) -> dict[str, Found]:
    """The files of a body by role: what was handed in here, a portrait for a face elsewhere, nothing for the rest."""
    found = {}
    for role, url in addresses(body).items():
        path = await house.keeping.open(url)
        if path is None and url.startswith(BUCKET + "/"):
            raise bad(f"{_FIELDS[role]}: {url} does not exist or has expired")
        if path:
            found[role] = Found(path, path.name)
    return found


def portrait_for(url: str | None) -> Found | None:
    """The portrait that stands in for a picture elsewhere; D-ID's own demo face when none was named."""
    faces = portraits()
    if not faces:
        return None
    name = PurePosixPath(unquote(urlsplit(url).path)).name if url else "alice.png"
    pick = zlib.crc32(url.encode()) % len(faces) if url else 0
    return Found(faces[pick], fit_name(name), stand_in=True)


async def check_picture(found: Found) -> None:
    """The limits that strike only when a job is made, not at the upload."""
    try:
        seen = await asyncio.to_thread(inspect_media.picture, found.path)
    except Unreadable:
        raise bad("source_url is no readable image") from None
    if seen.size > PICTURE_BYTES or seen.width * seen.height > PIXELS:
        raise bad("the image has more than 10 MB or 10 megapixels", "InvalidFileSizeError")
    if min(seen.width, seen.height) < SMALLEST:
        raise bad("the image must have at least 160 x 160 pixels", "InvalidImageResolutionError")


async def check_sound(found: Found, longest: float) -> float:
    """The limits of given speech; its seconds come back."""
    if (await asyncio.to_thread(found.path.stat)).st_size > SOUND_BYTES:
        raise bad("the audio has more than 15 MB", "InvalidFileSizeError")
    try:
        length = await asyncio.to_thread(inspect_media.seconds, found.path)
    except Unreadable:
        raise bad("audio_url is no readable audio") from None
    if not 0 < length <= longest:
        raise bad(f"the audio must be at most {longest / 60:.0f} minutes long and not empty")
    return length


async def check_footage(found: Found) -> None:
    """The limits of a video to translate."""
    try:
        length = await asyncio.to_thread(inspect_media.seconds, found.path)
    except Unreadable:
        raise bad("source_url is no readable video") from None
    if not FOOTAGE[0] <= length <= FOOTAGE[1]:
        raise bad(f"the video must be 10 seconds to 5 minutes long, this has {length:.1f} seconds")
