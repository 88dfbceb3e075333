"""File uploads and downloads. The type is detected from the content, never from the name."""

import asyncio
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from adapters.chats.console.captions import srt_to_vtt
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
UNKNOWN_TYPE_TEXT = "is not a picture, an audio file, a video or a text file."


def check_announced_size(request: Request) -> None:
    """Refuse a file by its Content-Length, before reading it."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_UPLOAD_BYTES:
        raise Refused(too_large_text(_upload_name(request), int(length)))


def too_large_text(name: str, size: int) -> str:
    return f"“{name}” is {size / 1e6:,.0f} MB. The limit is {MAX_UPLOAD_BYTES / 1e6:,.0f} MB."


async def accept_upload(context: ConsoleContext, request: Request, uploaded_by: str) -> UploadedFile:
    """Store an upload and detect its type."""
    check_announced_size(request)
    request.scope[BODY_LIMIT_KEY] = MAX_UPLOAD_BYTES
    name = _upload_name(request)
    key = await context.core.shelf.store(request.stream(), name, MAX_UPLOAD_BYTES)
    path = context.core.shelf.path_of(key)
    file_type = await asyncio.to_thread(context.sniff, path)
    if file_type is None:
        await context.core.shelf.delete(key)
        raise Refused(f"“{name}” {UNKNOWN_TYPE_TEXT}")
    size = (await asyncio.to_thread(path.stat)).st_size
    type_ = PLAYABLE_TYPES.get(
        file_type.format, DOWNLOAD_TYPE if file_type.kind is not MediaKind.TEXT else "text/plain"
    )
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
        return await _serve_captions(path)
    shown = file.type.startswith(("image/", "audio/", "video/")) and "download" not in request.query_params
    return FileResponse(
        path,
        media_type=file.type if shown else DOWNLOAD_TYPE,
        filename=file.name,
        content_disposition_type="inline" if shown else "attachment",
        headers=FILE_HEADERS,
    )


async def _serve_captions(path: Path) -> Response:
    text = await asyncio.to_thread(path.read_text, "utf-8", "replace")
    return Response(srt_to_vtt(text), media_type="text/vtt", headers=FILE_HEADERS)


def _upload_name(request: Request) -> str:
    name = request.query_params.get("name", "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in name if character.isprintable())[:120].strip() or "file"
