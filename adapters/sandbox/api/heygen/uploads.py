"""Files handed in: raw bodies in v1, forms and direct uploads in v3, and photos that are to speak."""

import asyncio
import re

from starlette.responses import FileResponse, JSONResponse, Response

from adapters.sandbox import inspect_media
from adapters.sandbox.api.heygen.auth_and_errors import bad, said, unknown
from adapters.sandbox.api.heygen.request_parsing import FILES, json_object
from adapters.sandbox.broken_responses import chunks, read
from adapters.sandbox.context import Call
from adapters.sandbox.inspect_media import Unreadable
from adapters.sandbox.multipart import NotAForm, parts
from adapters.sandbox.store.file_store import TooLarge, Upload, pour

MEGABYTE = 1_000_000
FORM_MOST = 32 * MEGABYTE
RAW_MOST = 500 * MEGABYTE
PHOTOS_MOST = 10
KINDS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
}

_ID, _NAME = re.compile(r"[A-Za-z0-9_-]{16,40}"), re.compile(r"asset\.[a-z0-9]{3,4}")


async def add_asset(call: Call) -> Response:
    """POST /v1/asset: the file is the body."""
    kind = _kind(call)
    if kind not in KINDS:
        raise bad(call, "asset data must be provided", 400111)
    upload = call.house.keeping.new("bucket", f"asset{KINDS[kind]}")
    size = await _poured(call, upload, RAW_MOST)
    if not size:
        raise bad(call, "asset data must be provided", 40001)
    await call.house.keeping.keep(upload, None)
    data: dict[str, object] = {"id": upload.id, "name": upload.id, "file_type": kind.partition("/")[0]}
    data |= {
        "url": _address(call, upload),
        "image_key": f"image/{upload.id}/original",
        "created_ts": call.house.clock(),
    }
    return JSONResponse({"code": 100, "data": data, "message": "Success"})


async def add_photo(call: Call) -> Response:
    """POST /v1/talking_photo: a JPEG or PNG with a face, of which an account keeps only some."""
    kind = _kind(call)
    if kind not in ("image/jpeg", "image/png"):
        raise bad(call, "unsupported image type", 40002)
    count = await call.house.rows.one("SELECT count(*) AS n FROM uploads WHERE kind = 'images' AND name LIKE 'photo.%'")
    if count and count["n"] >= PHOTOS_MOST:
        raise bad(call, f"You have exceeded your limit of {PHOTOS_MOST} photo avatars", 400665)
    upload = call.house.keeping.new("images", f"photo{KINDS[kind]}")
    await _poured(call, upload, FORM_MOST)
    try:
        await asyncio.to_thread(inspect_media.picture, call.house.keeping.place(upload))
    except Unreadable:
        raise bad(call, "the image cannot be read", 40006) from None
    await call.house.keeping.keep(upload, None)
    data = {"talking_photo_id": upload.id, "talking_photo_url": _address(call, upload)}
    return JSONResponse({"code": 100, "data": data})


async def drop_photo(call: Call) -> Response:
    """DELETE /v2/talking_photo/{id}."""
    if not await call.house.keeping.drop("images", call.request.path_params["id"]):
        raise unknown(call)
    return JSONResponse({"error": None, "data": None})


async def add_form(call: Call) -> Response:
    """POST /v3/assets: a form with a file of up to 32 MB."""
    try:
        body = await read(call.request, FORM_MOST + 64 * 1024)
        part = parts(call.request.headers.get("content-type", ""), body).get("file")
    except TooLarge:
        raise said(call, 413, "file_too_large", "the file has more than 32 MB") from None
    except NotAForm:
        raise bad(call, "the body must be multipart/form-data") from None
    if part is None or part.kind not in KINDS:
        raise bad(call, "file must be an image, a sound or a video")
    upload = call.house.keeping.new("bucket", f"asset{KINDS[part.kind]}")
    await asyncio.to_thread(call.house.keeping.place(upload).write_bytes, part.data)
    await call.house.keeping.keep(upload, None)
    return JSONResponse({"data": _card(call, upload, part.kind, len(part.data))})


async def begin_direct(call: Call) -> Response:
    """POST /v3/assets/direct-uploads: an address for a large file."""
    body = await json_object(call)
    kind = str(body.get("content_type", ""))
    if kind not in KINDS:
        raise bad(call, "content_type is not supported")
    upload = call.house.keeping.new("bucket", f"asset{KINDS[kind]}")
    url = f"{call.base}/sandbox/heygen/direct/{upload.id}/{upload.name}"
    return JSONResponse({"data": {"asset_id": upload.id, "upload_url": url}})


async def pour_direct(call: Call) -> Response:
    """PUT to that address."""
    upload = _direct(call)
    await _poured(call, upload, RAW_MOST)
    return Response(status_code=200)


async def end_direct(call: Call) -> Response:
    """POST /v3/assets/{id}/complete: from here on the file can be used."""
    ident = call.request.path_params["id"]
    if not _ID.fullmatch(ident):
        raise unknown(call)
    folder = call.house.keeping.folder / "bucket" / ident
    file = next((each for each in await asyncio.to_thread(lambda: list(folder.glob("asset.*")))), None)
    if file is None:
        raise unknown(call)
    upload = Upload(ident, "bucket", file.name)
    if await call.house.keeping.held(ident) is None:
        await call.house.keeping.keep(upload, None)
    kind = next((kind for kind, ending in KINDS.items() if ending == file.suffix), "")
    return JSONResponse({"data": _card(call, upload, kind, file.stat().st_size)})


async def serve(call: Call) -> Response:
    """A file that was handed in, as HeyGen shows it to its owner."""
    path = await call.house.keeping.held(call.request.path_params["id"])
    return FileResponse(path) if path else Response(status_code=404)


def _direct(call: Call) -> Upload:
    params = call.request.path_params
    # The id becomes a folder's name, so it is nothing but what ids are made of.
    if not _ID.fullmatch(params["id"]) or not _NAME.fullmatch(params["name"]):
        raise unknown(call)
    return Upload(params["id"], "bucket", params["name"])


def _kind(call: Call) -> str:
    return call.request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _poured(call: Call, upload: Upload, most: int) -> int:
    try:
        return await pour(chunks(call.request), call.house.keeping.place(upload), most)
    except TooLarge:
        raise bad(call, f"the file has more than {most // MEGABYTE} MB", 400111) from None


def _address(call: Call, upload: Upload) -> str:
    return f"{call.base}{FILES}{upload.id}/{upload.name}"


def _card(call: Call, upload: Upload, kind: str, size: int) -> dict[str, object]:
    return {"asset_id": upload.id, "url": _address(call, upload), "mime_type": kind, "size_bytes": size}
