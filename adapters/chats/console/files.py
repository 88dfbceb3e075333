"""File uploads and downloads. The type is detected from the content, never from the name."""

import asyncio
import re

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from adapters.chats.console.context import ConsoleContext
from adapters.chats.console.messages import UploadedFile
from bot.desk.chat_context import BODY_LIMIT_KEY
from bot.errors import Refused
from bot.requests.media import MediaKind

MAX_UPLOAD_BYTES = 500_000_000
# Shown or played by the browser; everything else is downloaded.
PLAYABLE_TYPES = {
    "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "bmp": "image/bmp",
    "avif": "image/avif", "mp3": "audio/mpeg", "wav": "audio/wav", "m4a": "audio/mp4", "flac": "audio/flac",
    "ogg": "audio/ogg", "aac": "audio/aac", "mp4": "video/mp4", "mov": "video/mp4", "webm": "video/webm",
}  # fmt: skip
DOWNLOAD_TYPE = "application/octet-stream"
FILE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=31536000, immutable",
}
_SRT_TIMES_PATTERN = re.compile(
    r"^(\d{1,2}:\d{2}:\d{2})[,.](\d{3})\s*-->\s*(\d{1,2}:\d{2}:\d{2})[,.](\d{3}).*$", re.MULTILINE
)


async def accept_upload(context: ConsoleContext, request: Request, uploaded_by: str) -> UploadedFile:
    """Store an upload and detect its type."""
    name, length = _upload_name(request), request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_UPLOAD_BYTES:  # before reading it
        raise Refused(f"“{name}” is {int(length) / 1e6:,.0f} MB. The limit is {MAX_UPLOAD_BYTES / 1e6:,.0f} MB.")
    request.scope[BODY_LIMIT_KEY] = MAX_UPLOAD_BYTES
    key = await context.core.shelf.store(request.stream(), name, MAX_UPLOAD_BYTES)
    path = context.core.shelf.path_of(key)
    file_type = await asyncio.to_thread(context.sniff, path)
    if file_type is None:
        await context.core.shelf.delete(key)
        raise Refused(f"“{name}” is not a picture, an audio file, a video or a text file.")
    size = (await asyncio.to_thread(path.stat)).st_size
    other_type = "text/plain" if file_type.kind is MediaKind.TEXT else DOWNLOAD_TYPE
    type_ = PLAYABLE_TYPES.get(file_type.format, other_type)
    file = UploadedFile(key=key, name=name, kind=file_type.kind, type=type_, size=size)
    await context.message_store.save_file_facts(key, {**file.model_dump(mode="json"), "by": uploaded_by})
    return file


async def get_uploads(context: ConsoleContext, keys: list[str]) -> tuple[UploadedFile, ...]:
    file_infos = [await context.message_store.file_facts(key) for key in keys[:10]]
    if not all(file_infos):
        raise Refused("One of the files is no longer available. Please attach it again.")
    return tuple(UploadedFile.model_validate(file_info) for file_info in file_infos if file_info)


async def serve_file(context: ConsoleContext, request: Request) -> Response:
    """A file or a byte range of it."""
    facts = await context.message_store.file_facts(request.path_params["key"])
    if facts is None:
        return PlainTextResponse("not found", 404)
    file = UploadedFile.model_validate(facts)
    path = context.core.shelf.path_of(file.key)
    if not await asyncio.to_thread(path.is_file):
        return PlainTextResponse("not found", 404)
    if request.path_params["role"] == "captions":
        captions = srt_to_vtt(await asyncio.to_thread(path.read_text, "utf-8", "replace"))
        return Response(captions, media_type="text/vtt", headers=FILE_HEADERS)
    shown = file.type.startswith(("image/", "audio/", "video/")) and "download" not in request.query_params
    return FileResponse(
        path,
        media_type=file.type if shown else DOWNLOAD_TYPE,
        filename=file.name,
        content_disposition_type="inline" if shown else "attachment",
        headers=FILE_HEADERS,
    )


def _upload_name(request: Request) -> str:
    name = request.query_params.get("name", "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in name if character.isprintable())[:120].strip() or "file"


def srt_to_vtt(srt: str) -> str:
    """Providers write SubRip, browsers read WebVTT. WebVTT is returned unchanged."""
    text = srt.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith("WEBVTT"):
        return text
    # WebVTT wants two digits of the hour.
    cues = _SRT_TIMES_PATTERN.sub(lambda at: f"{at[1].rjust(8, '0')}.{at[2]} --> {at[3].rjust(8, '0')}.{at[4]}", text)
    return f"WEBVTT\n\n{cues.strip()}\n"
