"""Templates, which only v2 fills."""

import json
from collections.abc import Mapping
from typing import Any

from adapters.studios.heygen.client import HeygenClient
from adapters.studios.heygen.payload_source import EXTRA_FIELDS
from adapters.studios.heygen.schemas import TemplateV2
from bot.jobs.job import Job
from bot.requests.template import Template

PENDING_FILE_PREFIX = "file:"  # a blank that waits for the id of a file that is not sent yet


def write_template(job: Job, webhook_url: str | None) -> tuple[str, dict[str, Any]]:
    """The path and the body of the paid call."""
    request = job.request
    assert isinstance(request, Template)  # noqa: S101 - the caller looked
    body: dict[str, Any] = {"variables": _with_asset_ids(json.loads(job.uploads.get("variables", "{}")), job.uploads)}
    if request.dimension:
        width, _, height = request.dimension.partition("x")
        body["dimension"] = {"width": int(width), "height": int(height)}
    wanted = {
        "title": request.title or job.marker,
        "caption": request.captions or None,
        "test": request.test or None,
        "callback_id": job.marker,
        "callback_url": webhook_url,
    }
    body |= {name: value for name, value in wanted.items() if value is not None}
    EXTRA_FIELDS.apply(body, TemplateV2, request.set)
    path = HeygenClient.fill_path("v2/template/{}/generate", job.uploads.get("template", ""))
    return path, EXTRA_FIELDS.validate_body(TemplateV2, body)


def _with_asset_ids(variables: dict[str, Any], uploads: Mapping[str, str]) -> dict[str, Any]:
    """The blanks with the ids of the files that were sent."""
    for blank in variables.values():
        ident = blank["properties"].get("asset_id", "")
        if ident.startswith(PENDING_FILE_PREFIX):
            blank["properties"]["asset_id"] = uploads.get(ident.removeprefix(PENDING_FILE_PREFIX), "trial")
    return variables
