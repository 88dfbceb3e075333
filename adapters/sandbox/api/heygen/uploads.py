"""Uploads: raw bodies in v1, forms and direct uploads in v3, and photos that are to speak."""

import asyncio
import re
import shutil

from starlette.responses import FileResponse, JSONResponse, Response

from adapters.sandbox.api.common import find_faces, inspect
from adapters.sandbox.api.heygen.requests_and_errors import (
    ASSETS_PATH,
    bad_request,
    heygen_error,
    not_found,
    read_json_object,
)
from adapters.sandbox.context import ApiCall
from adapters.sandbox.inspect_media import measure_picture
from adapters.sandbox.render.order import RenderFailed
from adapters.sandbox.request_bodies import NotAForm, read_form
from adapters.sandbox.request_pipeline import Operations
from adapters.sandbox.store.file_store import TooManyBytes, Upload, stream_to_file

operations = Operations()

MEGABYTE = 1_000_000
MAX_FORM_BYTES = 32 * MEGABYTE
MAX_RAW_BYTES = 500 * MEGABYTE
MAX_PHOTOS = 10
PHOTO_AVATAR_SECONDS = 5.0  # until a photo avatar is ready
SUFFIX_BY_TYPE = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
}

_ID_PATTERN, _NAME_PATTERN = re.compile(r"[A-Za-z0-9_-]{16,40}"), re.compile(r"asset\.[a-z0-9]{3,4}")


@operations.on("POST", "/v1/asset")
async def add_asset(call: ApiCall) -> Response:
    kind = _content_type(call)
    if kind not in SUFFIX_BY_TYPE:
        raise bad_request(call, "asset data must be provided", 400111)
    upload = call.context.files.new_upload("bucket", f"asset{SUFFIX_BY_TYPE[kind]}")
    if not await _store_body(call, upload, MAX_RAW_BYTES):
        raise bad_request(call, "asset data must be provided", 40001)
    await call.context.files.register_upload(upload, None)
    data: dict[str, object] = {"id": upload.id, "name": upload.id, "file_type": kind.partition("/")[0]}
    data |= {
        "url": _asset_url(call, upload),
        "image_key": f"image/{upload.id}/original",
        "created_ts": call.context.clock(),
    }
    return JSONResponse({"code": 100, "data": data, "message": "Success"})


@operations.on("POST", "/v1/talking_photo")
async def add_photo(call: ApiCall) -> Response:
    """A JPEG or PNG with a face, of which an account keeps only some."""
    kind = _content_type(call)
    if kind not in ("image/jpeg", "image/png"):
        raise bad_request(call, "unsupported image type", 40002)
    count = await call.context.database.fetch_one(
        "SELECT count(*) AS n FROM uploads WHERE kind = 'images' AND name LIKE 'photo.%'"
    )
    if count and count["n"] >= MAX_PHOTOS:
        raise bad_request(call, f"You have exceeded your limit of {MAX_PHOTOS} photo avatars", 400665)
    upload = call.context.files.new_upload("images", f"photo{SUFFIX_BY_TYPE[kind]}")
    await _store_body(call, upload, MAX_FORM_BYTES)
    path = call.context.files.prepare_path(upload)
    unreadable = bad_request(call, "the image cannot be read", 40006)
    info = await inspect(measure_picture, path, unreadable)
    try:
        if not await find_faces(call.context, path, info):
            raise bad_request(call, "no face detected in the image", 40004)
    except RenderFailed:
        raise unreadable from None
    await call.context.files.register_upload(upload, None)
    data = {"talking_photo_id": upload.id, "talking_photo_url": _asset_url(call, upload)}
    return JSONResponse({"code": 100, "data": data})


@operations.on("DELETE", "/v2/talking_photo/{id}")
async def delete_photo(call: ApiCall) -> Response:
    if not await call.context.files.delete_upload("images", call.request.path_params["id"]):
        raise not_found(call)
    return JSONResponse({"error": None, "data": None})


@operations.on("POST", "/v2/photo_avatar/avatar_group/create")
async def create_photo_avatar(call: ApiCall) -> Response:
    """A speaker of an uploaded picture, ready after a while."""
    body = await read_json_object(call)
    _, _, key = str(body.get("image_key", "")).partition("/")
    source = await call.context.files.find_by_id(key.partition("/")[0])
    if source is None:
        raise bad_request(call, "image_key not found")
    upload = call.context.files.new_upload("images", f"photo{source.suffix}")
    await asyncio.to_thread(shutil.copyfile, source, call.context.files.prepare_path(upload))
    await call.context.files.register_upload(upload, None)
    return JSONResponse({"error": None, "data": {"id": upload.id, "status": "pending"}})


@operations.on("GET", "/v2/photo_avatar/{id}")
async def show_photo_avatar(call: ApiCall) -> Response:
    ident = call.request.path_params["id"]
    row = await call.context.database.fetch_one("SELECT created FROM uploads WHERE id = ?", ident)
    if row is None:
        raise not_found(call)
    ready = call.context.clock() - row["created"] >= PHOTO_AVATAR_SECONDS
    return JSONResponse({"error": None, "data": {"id": ident, "status": "completed" if ready else "pending"}})


@operations.on("POST", "/v3/assets")
async def add_asset_form(call: ApiCall) -> Response:
    try:
        part = (await read_form(call.request, MAX_FORM_BYTES)).get("file")
    except TooManyBytes:
        raise heygen_error(call, 413, "file_too_large", "the file has more than 32 MB") from None
    except NotAForm:
        raise bad_request(call, "the body must be multipart/form-data") from None
    if part is None or part.content_type not in SUFFIX_BY_TYPE:
        raise bad_request(call, "file must be an image, a sound or a video")
    upload = call.context.files.new_upload("bucket", f"asset{SUFFIX_BY_TYPE[part.content_type]}")
    await asyncio.to_thread(call.context.files.prepare_path(upload).write_bytes, part.data)
    await call.context.files.register_upload(upload, None)
    return JSONResponse({"data": _asset_view(call, upload, part.content_type, len(part.data))})


@operations.on("POST", "/v3/assets/direct-uploads")
async def begin_direct_upload(call: ApiCall) -> Response:
    body = await read_json_object(call)
    kind = str(body.get("content_type", ""))
    if kind not in SUFFIX_BY_TYPE:
        raise bad_request(call, "content_type is not supported")
    upload = call.context.files.new_upload("bucket", f"asset{SUFFIX_BY_TYPE[kind]}")
    url = f"{call.base_url}/sandbox/heygen/direct/{upload.id}/{upload.name}"
    return JSONResponse({"data": {"asset_id": upload.id, "upload_url": url}})


@operations.on("PUT", "/sandbox/heygen/direct/{id}/{name}", public=True)
async def receive_direct_upload(call: ApiCall) -> Response:
    params = call.request.path_params
    # The id becomes a folder's name, so it is nothing but what ids are made of.
    if not _ID_PATTERN.fullmatch(params["id"]) or not _NAME_PATTERN.fullmatch(params["name"]):
        raise not_found(call)
    await _store_body(call, Upload(params["id"], "bucket", params["name"]), MAX_RAW_BYTES)
    return Response(status_code=200)


@operations.on("POST", "/v3/assets/{id}/complete")
async def complete_direct_upload(call: ApiCall) -> Response:
    """From here on the file can be used."""
    ident = call.request.path_params["id"]
    if not _ID_PATTERN.fullmatch(ident):
        raise not_found(call)
    folder = call.context.files.folder / "bucket" / ident
    file = next((each for each in await asyncio.to_thread(lambda: list(folder.glob("asset.*")))), None)
    if file is None:
        raise not_found(call)
    upload = Upload(ident, "bucket", file.name)
    if await call.context.files.find_by_id(ident) is None:
        await call.context.files.register_upload(upload, None)
    kind = next((kind for kind, ending in SUFFIX_BY_TYPE.items() if ending == file.suffix), "")
    return JSONResponse({"data": _asset_view(call, upload, kind, file.stat().st_size)})


@operations.on("GET", "/sandbox/heygen/assets/{id}/{name}", public=True)
async def serve_asset(call: ApiCall) -> Response:
    path = await call.context.files.find_by_id(call.request.path_params["id"])
    return FileResponse(path) if path else Response(status_code=404)


def _content_type(call: ApiCall) -> str:
    return call.request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _store_body(call: ApiCall, upload: Upload, max_bytes: int) -> int:
    try:
        return await stream_to_file(call.request.stream(), call.context.files.prepare_path(upload), max_bytes)
    except TooManyBytes:
        raise bad_request(call, f"the file has more than {max_bytes // MEGABYTE} MB", 400111) from None


def _asset_url(call: ApiCall, upload: Upload) -> str:
    return f"{call.base_url}{ASSETS_PATH}{upload.id}/{upload.name}"


def _asset_view(call: ApiCall, upload: Upload, kind: str, size: int) -> dict[str, object]:
    return {"asset_id": upload.id, "url": _asset_url(call, upload), "mime_type": kind, "size_bytes": size}
