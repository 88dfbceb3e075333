"""Pictures and sounds handed in: POST and DELETE on /images and /audios, and the search for faces."""

import asyncio
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox import inspect_media
from adapters.sandbox.api.did.auth_and_errors import bad, strike, unknown, wrong_type
from adapters.sandbox.api.did.bodies import DetectionBody
from adapters.sandbox.api.did.material import MEGABYTE, PICTURE_BYTES, portrait_for
from adapters.sandbox.api.did.multipart_upload import form, oversize, store
from adapters.sandbox.api.did.request_parsing import checked, json_object
from adapters.sandbox.clock import DAY
from adapters.sandbox.context import Call
from adapters.sandbox.inspect_media import Picture, Unreadable
from adapters.sandbox.multipart import Part
from adapters.sandbox.store.file_store import Upload

PICTURES = ("image/jpeg", "image/png")
SOUND_BYTES = 6 * MEGABYTE
LONGEST_SOUND = 600.0
# D-ID keeps uploads for 24 to 48 hours; whoever counts on more than the least is found out here.
LIFE = DAY


async def add_image(call: Call) -> Response:
    """POST /images: 10 MB of JPEG or PNG; the limits in pixels strike when the job is made."""
    fields = await form(call, PICTURE_BYTES)
    strike(call.faults, set())
    upload, size = await _picture(call, fields.get("image"), fields.get("source_url"))
    await call.house.keeping.keep(upload, LIFE)
    wanted = fields.get("detect_faces")
    faces = _faces(size) if wanted and wanted.text.strip().lower() == "true" else None
    return JSONResponse({"id": upload.id, "url": upload.address, "faces": faces}, 201)


async def _picture(call: Call, image: Part | None, link: Part | None) -> tuple[Upload, Picture]:
    keeping = call.house.keeping
    if image is None:
        image = await asyncio.to_thread(_stand_in, link)
    if image.kind not in PICTURES:
        raise wrong_type(image.kind, PICTURES)
    if len(image.data) > PICTURE_BYTES:
        raise oversize(PICTURE_BYTES)
    upload = keeping.new("images", image.filename or "image.jpg", "img_")
    await store(call, upload, image.data)
    try:
        size = await asyncio.to_thread(inspect_media.picture, keeping.place(upload))
    except Unreadable:
        raise wrong_type("application/octet-stream", PICTURES) from None
    if size.format not in ("JPEG", "PNG", "MPO", "BOMB"):  # an MPO is a JPEG with a second picture inside
        raise wrong_type(f"image/{size.format.lower()}", PICTURES)
    return upload, size


def _stand_in(link: Part | None) -> Part:
    if link is None or not link.text.startswith(("https://", "s3://")):
        raise bad("image or source_url is required")
    found = portrait_for(link.text)
    if found is None:
        raise bad("source_url could not be read")
    return Part("image", found.name, "image/png", found.path.read_bytes())


def _faces(size: Picture) -> list[dict[str, Any]]:
    # No detector here: a portrait's face is taken to be in the upper middle.
    side = round(min(size.width, size.height) * 0.5)
    left, top = (size.width - side) // 2, round((size.height - side) * 0.35)
    detection = {"left": left, "top": top, "right": left + side, "bottom": top + side}
    seen = {"top_left": [left, top], "size": side, "detection": detection, "detect_confidence": 0.99}
    return [seen | {"overlap": "NO", "face_occluded": False}]


async def find_faces(call: Call) -> Response:
    """POST /images/face-detection: where faces are, in fractions."""
    body = checked(DetectionBody, await json_object(call))
    path = await call.house.keeping.open(body.source_url)
    stand_in = None if path else portrait_for(body.source_url)
    path = path or (stand_in.path if stand_in else None)
    if path is None or (stand_in and body.source_url.startswith("s3://didtalk-sandbox/")):
        raise bad("source_url could not be read")
    try:
        size = await asyncio.to_thread(inspect_media.picture, path)
    except Unreadable:
        raise bad("source_url is no readable image") from None
    return JSONResponse(_crops(size))


def _crops(size: Picture) -> dict[str, Any]:
    box = _faces(size)[0]["detection"]
    across = {side: round(box[side] / size.width, 4) for side in ("left", "right")}
    down = {side: round(box[side] / size.height, 4) for side in ("top", "bottom")}
    return {"faceCrops": [across | down], "metadata": {"width": size.width, "height": size.height, "length": 1}}


async def drop_image(call: Call) -> Response:
    """DELETE /images/{id}."""
    return await _drop(call, "images")


async def drop_audio(call: Call) -> Response:
    """DELETE /audios/{id}."""
    return await _drop(call, "audios")


async def _drop(call: Call, kind: str) -> Response:
    if not await call.house.keeping.drop(kind, call.request.path_params["id"]):
        raise unknown()
    return Response(status_code=204)


async def add_audio(call: Call) -> Response:
    """POST /audios: 6 MB of sound or of video with sound, stored as 16 kHz wave."""
    fields = await form(call, SOUND_BYTES)
    strike(call.faults, set())
    sound = fields.get("audio")
    if sound is None:
        raise bad("the sandbox fetches nothing from outside: hand in the file as audio")
    if not sound.kind.startswith(("audio/", "video/")):
        raise wrong_type(sound.kind, ("audio/*", "video/*"))
    if len(sound.data) > SOUND_BYTES:
        raise oversize(SOUND_BYTES)
    upload, length = await _sound(call, sound)
    await call.house.keeping.keep(upload, LIFE)
    answer = {"id": upload.id, "url": upload.address, "duration": round(length, 3), "moderation_metadata": {}}
    return JSONResponse(answer, 201)


async def _sound(call: Call, sound: Part) -> tuple[Upload, float]:
    stem = (sound.filename or "audio").rpartition(".")[0] or sound.filename or "audio"
    upload = call.house.keeping.new("audios", f"{stem[-46:]}.wav", "aud_")
    path = call.house.keeping.place(upload)
    raw = path.with_suffix(".raw")
    await asyncio.to_thread(raw.write_bytes, sound.data)
    try:
        length = await asyncio.to_thread(inspect_media.to_wave, raw, path, LONGEST_SOUND)
    except Unreadable:
        raise bad("the audio cannot be read") from None
    finally:
        await asyncio.to_thread(raw.unlink, missing_ok=True)
    if not 0 < length <= LONGEST_SOUND:
        raise bad("the audio must be at most 10 minutes long and not empty", "InvalidAudioDurationError")
    return upload, length
