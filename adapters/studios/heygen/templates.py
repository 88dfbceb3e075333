"""Template variables: read from HeyGen, and each filled as its type wants."""

import json
from collections.abc import Mapping
from typing import Any

from adapters.studios.errors import raise_for_error
from adapters.studios.heygen.api_versions import PENDING_FILE_PREFIX
from adapters.studios.heygen.catalogue import HeygenCatalogue
from adapters.studios.heygen.client import HeygenClient
from adapters.studios.heygen.resolve_names import find_avatar, find_template, find_voice_id
from adapters.studios.heygen.responses import HeygenVariable
from adapters.studios.responses import as_dict
from bot.errors import Refused
from bot.requests.media import is_private_address
from bot.requests.options import did_you_mean
from bot.requests.template import Template


async def fill_variables(api: HeygenClient, catalogue: HeygenCatalogue, request: Template) -> dict[str, str]:
    """The template's id and what goes into its blanks, as text among the uploads of a job."""
    template = find_template(await catalogue.templates(), request.template)
    response = await api.get("v2/template/{}", ident=template.id)
    raise_for_error(response, paid=False)
    described = as_dict(as_dict(response.result).get("variables"))
    blanks = {name: HeygenVariable.from_data(row) for name, row in described.items()}
    _check_variables(request, template.name or template.id, blanks)
    values = {
        name: await _to_variable(catalogue, request, name, blanks[name].type, value)
        for name, value in request.variables.items()
    }
    return {"template": template.id, "variables": json.dumps(values)}


def _check_variables(request: Template, title: str, blanks: Mapping[str, HeygenVariable]) -> None:
    """Every blank that is named is there, and none that needs words is left empty."""
    known = ", ".join(f"{name} ({blank.type})" for name, blank in blanks.items()) or "none"
    for name in request.variables:
        if name not in blanks:
            meant = did_you_mean(name, blanks)
            raise Refused(f"“{title}” has no blank “{name}”.{meant} It has: {known}.", "fill")
    empty = [name for name, blank in blanks.items() if blank.type == "text" and not blank.content]
    if missing := [name for name in empty if name not in request.variables]:
        raise Refused(f'“{title}” needs words for {" and ".join(missing)}: --fill "{missing[0]}=…".', "fill")


async def _to_variable(
    catalogue: HeygenCatalogue, request: Template, name: str, kind: str, value: str
) -> dict[str, Any]:
    """One blank as HeyGen takes it."""
    match kind:
        case "text":
            given = {"content": value}
        case "voice":
            given = {"voice_id": await find_voice_id(catalogue, value)}
        case "character":
            found = await find_avatar(catalogue, value)
            given = {"character_id": found.id, "type": "talking_photo" if found.is_photo else "avatar"}
        case _:
            given = _file_properties(request, name, value)
    return {"name": name, "type": kind, "properties": given}


def _file_properties(request: Template, name: str, value: str) -> dict[str, str]:
    if field := request.files_by_name.get(value.casefold()):
        return {"asset_id": f"{PENDING_FILE_PREFIX}{field}"}
    if value.startswith("https://") and not is_private_address(value):
        return {"url": value}
    names = ", ".join(sorted(request.files_by_name)) or "none was attached"
    takes = f"a public https link or a file you attached ({names})"
    raise Refused(f"{name} takes {takes}; “{value[:60]}” is neither.", "fill")
