"""Templates: scenes with blanks, told with what stands in them, and filled into a video like any other."""

import copy
from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api.heygen import bodies
from adapters.sandbox.api.heygen.auth_and_errors import HeygenManners, bad, unknown
from adapters.sandbox.api.heygen.create import accept, begun, job_of, price, scene_files
from adapters.sandbox.api.heygen.presenters import AVATARS, SPEAKERS
from adapters.sandbox.api.heygen.request_parsing import checked
from adapters.sandbox.context import Call
from adapters.sandbox.request_pipeline import strike_written

_WELCOME: dict[str, Any] = {
    "template_id": "tpl_sandbox_welcome",
    "name": "Welcome",
    "blanks": {
        "first_name": ("text", {"content": ""}),
        "closing": ("text", {"content": "It is good to have you here."}),
        "speaker": ("character", {"character_id": AVATARS[0].id, "type": "avatar"}),
        "voice": ("voice", {"voice_id": SPEAKERS[0].id}),
        "backdrop": ("image", {"url": None, "asset_id": None}),
    },
    "texts": ("Hello {{first_name}}, welcome aboard!", "{{closing}}"),
}
_ALL = {_WELCOME["template_id"]: _WELCOME}


async def listed(call: Call) -> Response:
    """GET /v2/templates."""
    rows = [{"template_id": each["template_id"], "name": each["name"], "thumbnail_image_url": None} for each in _all()]
    return JSONResponse({"error": None, "data": {"templates": rows}})


async def shown(call: Call) -> Response:
    """GET /v2/template/{id}: its blanks, with what stands in them."""
    found = _one(call)
    blanks = {name: _blank(name, *each) for name, each in found["blanks"].items()}
    return JSONResponse({"error": None, "data": {"variables": blanks}})


async def generate(call: Call) -> Response:
    """POST /v2/template/{id}/generate."""
    found = _one(call)
    raw = await begun(call, set())
    if struck := strike_written(call.faults, HeygenManners()):
        return struck
    body = checked(call, bodies.Fill, raw)
    given = {name: each.properties.model_dump(exclude_none=True) for name, each in body.variables.items()}
    for name, each in body.variables.items():
        if name not in found["blanks"] or found["blanks"][name][0] != each.type:
            raise bad(call, f"variable {name} of type {each.type} is not in the template")
    scenes = _scenes(found, given)
    files = {
        role: path for nth, scene in enumerate(scenes) for role, path in (await scene_files(call, nth, scene)).items()
    }
    size = [body.dimension.width, body.dimension.height]
    wanted = {"scenes": scenes, "size": size, "subtitles": body.caption, "burnt": body.caption, "free": body.test}
    job = job_of(call, "v2", raw, wanted)
    await accept(call, [job], files, 0.0 if body.test else await price(scenes, files))
    return JSONResponse({"error": None, "data": {"video_id": job.id}})


def _all() -> list[dict[str, Any]]:
    return list(_ALL.values())


def _one(call: Call) -> dict[str, Any]:
    found = _ALL.get(call.request.path_params["id"])
    if found is None:
        raise unknown(call, "template not found")
    return found


def _blank(name: str, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "type": kind, "properties": properties}


def _scenes(found: dict[str, Any], given: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The scenes with their blanks filled, as v2 spells them; a text nobody filled keeps its braces."""
    values = {name: {**copy.copy(blank[1]), **given.get(name, {})} for name, blank in found["blanks"].items()}
    who, behind = values["speaker"], values["backdrop"]
    key = "talking_photo_id" if who["type"] == "talking_photo" else "avatar_id"
    character = {"type": who["type"], key: who["character_id"]}
    background: dict[str, Any] = {"type": "color", "value": "#dfe7ef"}
    if behind.get("asset_id") or behind.get("url"):
        ident = {"image_asset_id": behind["asset_id"]} if behind.get("asset_id") else {"url": behind["url"]}
        background = {"type": "image", "fit": "cover", **ident}
    return [
        {
            "character": character,
            "voice": {"type": "text", "voice_id": values["voice"]["voice_id"], "input_text": _said(text, values)},
            "background": background,
        }
        for text in found["texts"]
    ]


def _said(text: str, values: dict[str, dict[str, Any]]) -> str:
    for name, value in values.items():
        if value.get("content"):
            text = text.replace("{{" + name + "}}", value["content"])
    return text
