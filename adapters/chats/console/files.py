"""Files: taken in as a stream onto the shelf, given out in ranges, judged by their bytes and never by their names."""

import asyncio
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from adapters.chats.console.captions import vtt
from adapters.chats.console.context import Inside
from adapters.chats.console.messages import File
from bot.desk.chat_context import ROOM
from bot.errors import Refused
from bot.requests.media import Kind

MOST = 500_000_000
# What a browser may show or play here; all else is only ever downloaded.
PLAYED = {
    "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "bmp": "image/bmp",
    "avif": "image/avif", "mp3": "audio/mpeg", "wav": "audio/wav", "m4a": "audio/mp4", "flac": "audio/flac",
    "ogg": "audio/ogg", "aac": "audio/aac", "mp4": "video/mp4", "mov": "video/mp4", "webm": "video/webm",
}  # fmt: skip
PLAIN = "application/octet-stream"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=31536000, immutable",
}
NOT_OURS = "is not a picture, a sound, a video or a text file, whatever its name says."


def announced(request: Request) -> None:
    """Refuse a file that says it is too large, before any of it is read."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MOST:
        raise Refused(too_large(_name(request), int(length)))


def too_large(name: str, size: int) -> str:
    """The sentence for a file that is too large."""
    return f"“{name}” has {size / 1e6:,.0f} MB; the console takes files of up to {MOST / 1e6:,.0f} MB."


async def take(inside: Inside, request: Request, by: str) -> File:
    """Put an upload onto the shelf and say what it is."""
    announced(request)
    request.scope[ROOM] = MOST  # the guard has let them in
    name = _name(request)
    key = await inside.door.shelf.put(request.stream(), name, MOST)
    path = inside.door.shelf.path(key)
    found = await asyncio.to_thread(inside.sniff, path)
    if found is None:
        await inside.door.shelf.drop(key)
        raise Refused(f"“{name}” {NOT_OURS}")
    size = (await asyncio.to_thread(path.stat)).st_size
    type_ = PLAYED.get(found.format, PLAIN if found.kind is not Kind.TEXT else "text/plain")
    file = File(key=key, name=name, kind=found.kind, type=type_, size=size)
    await inside.wall.keep(key, {**file.model_dump(mode="json"), "by": by})
    return file


async def known(inside: Inside, keys: list[str]) -> tuple[File, ...]:
    """Files that were left here, by their keys."""
    found = [await inside.wall.kept(key) for key in keys[:10]]
    if not all(found):
        raise Refused("One of the files is no longer here. Drop it again.")
    return tuple(File.model_validate(each) for each in found if each)


async def give(inside: Inside, request: Request) -> Response:
    """A file, or the part of it that is asked for."""
    facts = await inside.wall.kept(request.path_params["key"])
    if facts is None:
        return PlainTextResponse("gone", 404)
    file = File.model_validate(facts)
    path = inside.door.shelf.path(file.key)
    if not await asyncio.to_thread(path.is_file):
        return PlainTextResponse("gone", 404)
    if request.path_params["role"] == "captions":
        return await _captions(path)
    shown = file.type.startswith(("image/", "audio/", "video/")) and "download" not in request.query_params
    return FileResponse(
        path,
        media_type=file.type if shown else PLAIN,
        filename=file.name,
        content_disposition_type="inline" if shown else "attachment",
        headers=HEADERS,
    )


async def _captions(path: Path) -> Response:
    text = await asyncio.to_thread(path.read_text, "utf-8", "replace")
    return Response(vtt(text), media_type="text/vtt", headers=HEADERS)


def _name(request: Request) -> str:
    name = request.query_params.get("name", "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(each for each in name if each.isprintable())[:120].strip() or "file"
