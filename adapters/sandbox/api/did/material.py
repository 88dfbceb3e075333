"""The files a request refers to: found, measured and refused as D-ID does."""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from adapters.sandbox.api.common import inspect
from adapters.sandbox.api.did.requests_and_errors import bad_request
from adapters.sandbox.context import SandboxContext, portrait_files
from adapters.sandbox.inspect_media import measure_picture, media_seconds
from adapters.sandbox.store.file_store import BUCKET_URL, safe_file_name

MEBIBYTE = 1024 * 1024
MAX_PICTURE_BYTES = 10 * MEBIBYTE
MAX_PICTURE_PIXELS = 10 * MEBIBYTE
MIN_SIDE_PIXELS = 160
MAX_SPEECH_BYTES = 15 * MEBIBYTE
VIDEO_SECONDS_RANGE = (9.9, 300.5)  # seconds; with a frame of tolerance

STAND_IN_NOTE = "the sandbox fetches nothing from outside; one of its own portraits stands in"


_FIELD_BY_ROLE = {
    "source": "source_url",
    "audio": "script.audio_url",
    "logo": "config.logo.url",
    "overlay": "config.overlay",
    "background": "background",
}


@dataclass(frozen=True)
class RequestMedia:
    """A file a request refers to, and the name the job knows it by."""

    path: Path
    name: str
    stand_in: bool = False


def media_urls(body: Mapping[str, Any]) -> dict[str, str]:
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


async def find_media(context: SandboxContext, body: Mapping[str, Any]) -> dict[str, RequestMedia]:
    """The files of a body by role: uploads, a portrait for a face on another host, nothing for the rest."""
    media = {}
    for role, url in media_urls(body).items():
        path = await context.files.find_by_address(url)
        if path is None and url.startswith(BUCKET_URL + "/"):
            raise bad_request(f"{_FIELD_BY_ROLE[role]}: {url} does not exist or has expired")
        if path:
            media[role] = RequestMedia(path, path.name)
    return media


def portrait_for(url: str | None) -> RequestMedia | None:
    """The portrait that stands in for a picture elsewhere; D-ID's own demo face when none was named."""
    faces = portrait_files()
    if not faces:
        return None
    name = PurePosixPath(unquote(urlsplit(url).path)).name if url else "alice.png"
    pick = zlib.crc32(url.encode()) % len(faces) if url else 0
    return RequestMedia(faces[pick], safe_file_name(name), stand_in=True)


async def check_picture(media: RequestMedia) -> None:
    """The limits that strike only when a job is made, not at the upload."""
    info = await inspect(measure_picture, media.path, bad_request("source_url is no readable image"))
    if info.size > MAX_PICTURE_BYTES or info.width * info.height > MAX_PICTURE_PIXELS:
        raise bad_request("the image has more than 10 MB or 10 megapixels", "InvalidFileSizeError")
    if min(info.width, info.height) < MIN_SIDE_PIXELS:
        raise bad_request("the image must have at least 160 x 160 pixels", "InvalidImageResolutionError")


async def check_sound(media: RequestMedia, max_seconds: float) -> float:
    """The limits of given speech; its seconds come back."""
    if (await asyncio.to_thread(media.path.stat)).st_size > MAX_SPEECH_BYTES:
        raise bad_request("the audio has more than 15 MB", "InvalidFileSizeError")
    length = await inspect(media_seconds, media.path, bad_request("audio_url is no readable audio"))
    if not 0 < length <= max_seconds:
        raise bad_request(f"the audio must be at most {max_seconds / 60:.0f} minutes long and not empty")
    return length


async def check_video(media: RequestMedia) -> None:
    length = await inspect(media_seconds, media.path, bad_request("source_url is no readable video"))
    if not VIDEO_SECONDS_RANGE[0] <= length <= VIDEO_SECONDS_RANGE[1]:
        raise bad_request(f"the video must be 10 seconds to 5 minutes long, this has {length:.1f} seconds")
