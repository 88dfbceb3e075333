"""Templates: scenes with variables, which become an ordinary video when filled."""

from typing import Any

from starlette.responses import JSONResponse, Response

from adapters.sandbox.api.heygen.create import accept_scenes, read_v2_request
from adapters.sandbox.api.heygen.presenters import AVATARS, VOICES
from adapters.sandbox.api.heygen.requests_and_errors import bad_request, not_found
from adapters.sandbox.context import ApiCall
from adapters.sandbox.request_pipeline import Operations

operations = Operations()

_WELCOME_TEMPLATE: dict[str, Any] = {
    "template_id": "tpl_sandbox_welcome",
    "name": "Welcome",
    "variables": {
        "first_name": ("text", {"content": ""}),
        "closing": ("text", {"content": "It is good to have you here."}),
        "speaker": ("character", {"character_id": AVATARS[0].id, "type": "avatar"}),
        "voice": ("voice", {"voice_id": VOICES[0].id}),
        "backdrop": ("image", {"url": None, "asset_id": None}),
    },
    "texts": ("Hello {{first_name}}, welcome aboard!", "{{closing}}"),
}


@operations.on("GET", "/v2/templates")
async def list_templates(call: ApiCall) -> Response:
    names = {name: _WELCOME_TEMPLATE[name] for name in ("template_id", "name")}
    return JSONResponse({"error": None, "data": {"templates": [names | {"thumbnail_image_url": None}]}})


@operations.on("GET", "/v2/template/{id}")
async def show_template(call: ApiCall) -> Response:
    template = _find_template(call)
    variables = {
        name: {"name": name, "type": kind, "properties": properties}
        for name, (kind, properties) in template["variables"].items()
    }
    return JSONResponse({"error": None, "data": {"variables": variables}})


@operations.on("POST", "/v2/template/{id}/generate")
async def generate_from_template(call: ApiCall) -> Response:
    template = _find_template(call)
    raw, body = await read_v2_request(call, "/v2/template/{template_id}/generate")
    for name, each in body["variables"].items():
        if name not in template["variables"] or template["variables"][name][0] != each["type"]:
            raise bad_request(call, f"variable {name} of type {each['type']} is not in the template")
    scenes = _fill_scenes(template, {name: each["properties"] for name, each in body["variables"].items()})
    return await accept_scenes(call, raw, body, scenes)


def _find_template(call: ApiCall) -> dict[str, Any]:
    ident = call.request.path_params["id"]
    if ident == _WELCOME_TEMPLATE["template_id"]:
        return _WELCOME_TEMPLATE
    # A template of the account's own: its variables as they are shown, in the scenes of ours.
    shown = call.context.options.own.answers.get(f"/v2/template/{ident}")
    if shown is None:
        raise not_found(call, "template not found")
    own = {name: (each["type"], each["properties"]) for name, each in shown["data"]["variables"].items()}
    return _WELCOME_TEMPLATE | {"variables": _WELCOME_TEMPLATE["variables"] | own}


def _fill_scenes(template: dict[str, Any], given: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The scenes with their variables filled, as v2 spells them; an unfilled text keeps its braces."""
    values = {name: {**blank[1], **given.get(name, {})} for name, blank in template["variables"].items()}
    who, backdrop = values["speaker"], values["backdrop"]
    key = "talking_photo_id" if who["type"] == "talking_photo" else "avatar_id"
    character = {"type": who["type"], key: who["character_id"]}
    background: dict[str, Any] = {"type": "color", "value": "#dfe7ef"}
    if backdrop.get("asset_id") or backdrop.get("url"):
        ident = {"image_asset_id": backdrop["asset_id"]} if backdrop.get("asset_id") else {"url": backdrop["url"]}
        background = {"type": "image", "fit": "cover", **ident}
    return [
        {
            "character": character,
            "voice": {"type": "text", "voice_id": values["voice"]["voice_id"], "input_text": _fill_text(text, values)},
            "background": background,
        }
        for text in template["texts"]
    ]


def _fill_text(text: str, values: dict[str, dict[str, Any]]) -> str:
    for name, value in values.items():
        if value.get("content"):
            text = text.replace("{{" + name + "}}", value["content"])
    return text
