"""The blanks of a template: asked of HeyGen, and each filled as its kind wants."""

import json
from collections.abc import Mapping
from typing import Any

from adapters.studios.heygen.catalogue import Lists
from adapters.studios.heygen.client import Wire
from adapters.studios.heygen.errors import judge
from adapters.studios.heygen.resolve_names import template_of, voice_id, who
from adapters.studios.heygen.responses import Blank
from adapters.studios.heygen.templates import LATER
from adapters.studios.responses import as_dict
from bot.errors import Refused
from bot.requests.media import inward
from bot.requests.options import nearest
from bot.requests.template import Template


async def filled(wire: Wire, lists: Lists, request: Template) -> dict[str, str]:
    """The template's id and what goes into its blanks, as text among the uploads of a job."""
    found = template_of(await lists.templates(), request.template)
    reply = await wire.read("v2/template/{}", ident=found.id)
    judge(reply, pays=False)
    told = as_dict(as_dict(reply.body).get("variables"))
    blanks = {name: Blank.of(row) for name, row in told.items()}
    _complete(request, found.name or found.id, blanks)
    values = {
        name: await _value(lists, request, name, blanks[name].type, value) for name, value in request.blanks.items()
    }
    return {"template": found.id, "variables": json.dumps(values)}


def _complete(request: Template, title: str, blanks: Mapping[str, Blank]) -> None:
    """Every blank that is named is there, and none that needs words is left empty."""
    known = ", ".join(f"{name} ({blank.type})" for name, blank in blanks.items()) or "none"
    for name in request.blanks:
        if name not in blanks:
            close = nearest(name, blanks)
            meant = f" Did you mean {close}?" if close else ""
            raise Refused(f"“{title}” has no blank “{name}”.{meant} It has: {known}.", "fill")
    empty = [name for name, blank in blanks.items() if blank.type == "text" and not blank.content]
    if missing := [name for name in empty if name not in request.blanks]:
        raise Refused(f'“{title}” needs words for {" and ".join(missing)}: --fill "{missing[0]}=…".', "fill")


async def _value(lists: Lists, request: Template, name: str, kind: str, value: str) -> dict[str, Any]:
    """One blank as HeyGen takes it."""
    match kind:
        case "text":
            given = {"content": value}
        case "voice":
            given = {"voice_id": await voice_id(lists, value)}
        case "character":
            found = await who(lists, value)
            given = {"character_id": found.id, "type": "talking_photo" if found.photo else "avatar"}
        case _:
            given = _file(request, name, value)
    return {"name": name, "type": kind, "properties": given}


def _file(request: Template, name: str, value: str) -> dict[str, str]:
    if field := request.called.get(value.casefold()):
        return {"asset_id": f"{LATER}{field}"}
    if value.startswith("https://") and not inward(value):
        return {"url": value}
    names = ", ".join(sorted(request.called)) or "none was attached"
    takes = f"a public https link or a file you attached ({names})"
    raise Refused(f"{name} takes {takes}; “{value[:60]}” is neither.", "fill")
