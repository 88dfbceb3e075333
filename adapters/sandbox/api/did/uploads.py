"""Uploads: pictures, sounds and the account's logo, and the search for faces."""

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.contracts import BodySchema
from adapters.sandbox.api.common import find_faces, inspect
from adapters.sandbox.api.did.material import MAX_PICTURE_BYTES, MEBIBYTE, portrait_for
from adapters.sandbox.api.did.requests_and_errors import (
    apply_create_faults,
    bad_request,
    not_found,
    read_json_object,
    unsupported_type,
    validate_body,
)
from adapters.sandbox.clock import DAY_SECONDS
from adapters.sandbox.context import ApiCall, SandboxContext
from adapters.sandbox.inspect_media import PictureInfo, convert_to_wav, measure_picture
from adapters.sandbox.render.order import FaceBox, RenderFailed
from adapters.sandbox.request_bodies import FormPart, NotAForm, read_form
from adapters.sandbox.request_pipeline import ApiError, Operations
from adapters.sandbox.store.file_store import TooManyBytes, Upload

operations = Operations()

PICTURE_TYPES = ("image/jpeg", "image/png")
MAX_AUDIO_BYTES = 6 * MEBIBYTE
MAX_AUDIO_SECONDS = 600.0
# D-ID keeps uploads for 24 to 48 hours; clients that count on more than 24 fail here.
UPLOAD_LIFETIME_SECONDS = DAY_SECONDS
_LOGO_KEY = "did.logo"


async def _read_form(call: ApiCall, max_bytes: int) -> Mapping[str, FormPart]:
    try:
        return await read_form(call.request, max_bytes)
    except TooManyBytes:
        raise _file_too_large(max_bytes) from None
    except NotAForm:
        raise bad_request("the body must be multipart/form-data") from None


def _file_too_large(max_bytes: int) -> ApiError:
    return bad_request(f"the file has more than {max_bytes // MEBIBYTE} MB", "InvalidFileSizeError")


@operations.on("POST", "/images")
async def add_image(call: ApiCall) -> Response:
    """10 MB of JPEG or PNG; the limits in pixels strike when the job is made."""
    fields = await _read_form(call, MAX_PICTURE_BYTES)
    apply_create_faults(call.faults, set())
    upload, size = await _store_picture(call, fields.get("image"), fields.get("source_url"))
    await call.context.files.register_upload(upload, UPLOAD_LIFETIME_SECONDS)
    wanted = fields.get("detect_faces")
    found = None
    if wanted and wanted.text.strip().lower() == "true":
        found = await _find_faces(call, call.context.files.prepare_path(upload), size)
    faces = None if found is None else [_face_view(face) for face in found]
    return JSONResponse({"id": upload.id, "url": upload.address, "faces": faces}, 201)


async def _store_picture(call: ApiCall, image: FormPart | None, link: FormPart | None) -> tuple[Upload, PictureInfo]:
    files = call.context.files
    if image is None:
        image = await asyncio.to_thread(_stand_in_picture, link)
    if image.content_type not in PICTURE_TYPES:
        raise unsupported_type(image.content_type, PICTURE_TYPES)
    if len(image.data) > MAX_PICTURE_BYTES:
        raise _file_too_large(MAX_PICTURE_BYTES)
    upload = files.new_upload("images", image.filename or "image.jpg", "img_")
    path = files.prepare_path(upload)
    await asyncio.to_thread(path.write_bytes, image.data)
    size = await inspect(measure_picture, path, unsupported_type("application/octet-stream", PICTURE_TYPES))
    if size.format not in ("JPEG", "PNG", "MPO", "BOMB"):  # an MPO is a JPEG with a second picture inside
        raise unsupported_type(f"image/{size.format.lower()}", PICTURE_TYPES)
    return upload, size


def _stand_in_picture(link: FormPart | None) -> FormPart:
    if link is None or not link.text.startswith(("https://", "s3://")):
        raise bad_request("image or source_url is required")
    found = portrait_for(link.text)
    if found is None:
        raise bad_request("source_url could not be read")
    return FormPart("image", found.name, "image/png", found.path.read_bytes())


async def _find_faces(call: ApiCall, path: Path, info: PictureInfo) -> list[FaceBox] | None:
    """The faces in an upload; None when it cannot be unpacked, which only its job will say."""
    try:
        return await find_faces(call.context, path, info)
    except RenderFailed:
        return None


def _face_view(face: FaceBox) -> dict[str, Any]:
    wide, tall = face.right - face.left, face.bottom - face.top
    side = max(wide, tall)
    square = {"top_left": [face.left - (side - wide) // 2, face.top - (side - tall) // 2], "size": side}
    detection = {"left": face.left, "top": face.top, "right": face.right, "bottom": face.bottom}
    seen = {"detection": detection, "detect_confidence": round(face.confidence, 4)}
    return square | seen | {"overlap": "NO", "face_occluded": False}


@operations.on("POST", "/images/face-detection")
async def detect_faces(call: ApiCall) -> Response:
    """Where faces are, in fractions."""
    schema = BodySchema("did", "/images/face-detection")
    source_url: str = validate_body(schema, await read_json_object(call))["source_url"]
    path = await call.context.files.find_by_address(source_url)
    stand_in = None if path else portrait_for(source_url)
    path = path or (stand_in.path if stand_in else None)
    if path is None or (stand_in and source_url.startswith("s3://didtalk-sandbox/")):
        raise bad_request("source_url could not be read")
    size = await inspect(measure_picture, path, bad_request("source_url is no readable image"))
    crops = [_face_fractions(face, size) for face in await _find_faces(call, path, size) or ()]
    metadata = {"width": size.width, "height": size.height, "length": 1}
    return JSONResponse({"faceCrops": crops, "metadata": metadata})


def _face_fractions(face: FaceBox, size: PictureInfo) -> dict[str, float]:
    across = {"left": face.left / size.width, "right": face.right / size.width}
    shares = across | {"top": face.top / size.height, "bottom": face.bottom / size.height}
    return {edge: round(min(max(share, 0), 1), 4) for edge, share in shares.items()}


@operations.on("DELETE", "/images/{id}")
@operations.on("DELETE", "/audios/{id}")
async def delete_upload(call: ApiCall) -> Response:
    kind = call.request.url.path.split("/")[1]
    if not await call.context.files.delete_upload(kind, call.request.path_params["id"]):
        raise not_found()
    return Response(status_code=204)


@operations.on("POST", "/audios")
async def add_audio(call: ApiCall) -> Response:
    """6 MB of sound or of video with sound, stored as 16 kHz wave."""
    fields = await _read_form(call, MAX_AUDIO_BYTES)
    apply_create_faults(call.faults, set())
    sound = fields.get("audio")
    if sound is None:
        raise bad_request("the sandbox downloads nothing: upload the file as audio")
    if not sound.content_type.startswith(("audio/", "video/")):
        raise unsupported_type(sound.content_type, ("audio/*", "video/*"))
    if len(sound.data) > MAX_AUDIO_BYTES:
        raise _file_too_large(MAX_AUDIO_BYTES)
    upload, length = await _store_sound(call, sound)
    await call.context.files.register_upload(upload, UPLOAD_LIFETIME_SECONDS)
    answer = {"id": upload.id, "url": upload.address, "duration": round(length, 3), "moderation_metadata": {}}
    return JSONResponse(answer, 201)


async def _store_sound(call: ApiCall, sound: FormPart) -> tuple[Upload, float]:
    stem = (sound.filename or "audio").rpartition(".")[0] or sound.filename or "audio"
    upload = call.context.files.new_upload("audios", f"{stem[-46:]}.wav", "aud_")
    path = call.context.files.prepare_path(upload)
    raw = path.with_suffix(".raw")
    await asyncio.to_thread(raw.write_bytes, sound.data)
    try:
        convert = partial(convert_to_wav, target=path, max_seconds=MAX_AUDIO_SECONDS)
        length = await inspect(convert, raw, bad_request("the audio cannot be read"))
    finally:
        await asyncio.to_thread(raw.unlink, missing_ok=True)
    if not 0 < length <= MAX_AUDIO_SECONDS:
        raise bad_request("the audio must be at most 10 minutes long and not empty", "InvalidAudioDurationError")
    return upload, length


@operations.on("GET", "/settings/logo")
async def show_logo(call: ApiCall) -> Response:
    return JSONResponse(await _stored_logo(call.context))


@operations.on("POST", "/settings/logo")
async def add_logo(call: ApiCall) -> Response:
    fields = await _read_form(call, MAX_PICTURE_BYTES)
    picture = fields.get("logo")
    if picture is None:
        raise bad_request("logo is required")
    if picture.content_type not in PICTURE_TYPES:
        raise unsupported_type(picture.content_type, ("image/png", "image/jpeg"))
    upload = call.context.files.new_upload("bucket", picture.filename or "logo.png")
    await asyncio.to_thread(call.context.files.prepare_path(upload).write_bytes, picture.data)
    await call.context.files.register_upload(upload, None)
    logo = {"url": upload.address, "position": [_form_number(fields, "left"), _form_number(fields, "top")]}
    await call.context.database.set_value(_LOGO_KEY, json.dumps(logo))
    return JSONResponse(logo, 201)


@operations.on("DELETE", "/settings/logo")
async def delete_logo(call: ApiCall) -> Response:
    await _stored_logo(call.context)
    await call.context.database.set_value(_LOGO_KEY, None)
    return Response(status_code=204)


async def account_logo(context: SandboxContext) -> Path | None:
    """The logo's file, for jobs that ask for it by ``true``."""
    stored = await context.database.get_value(_LOGO_KEY)
    return await context.files.find_by_address(json.loads(stored)["url"]) if stored else None


async def _stored_logo(context: SandboxContext) -> dict[str, Any]:
    stored = await context.database.get_value(_LOGO_KEY)
    if stored is None:
        raise not_found()
    return dict(json.loads(stored))


def _form_number(fields: Mapping[str, FormPart], name: str) -> int:
    part = fields.get(name)
    try:
        return int(float(part.text)) if part else 0
    except ValueError:
        raise bad_request(f"{name} must be a number") from None
