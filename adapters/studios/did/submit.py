"""The one paid call: made once, and again only when it is certain that nothing was taken."""

import json
from typing import Any

import structlog

from adapters.studios.client import PAGES_BEFORE_GONE
from adapters.studios.did.client import DidClient, DidRemoteJob
from adapters.studios.did.endpoints import possible_endpoints
from adapters.studios.did.errors import SENTENCES, DidResponse, missing_feature
from adapters.studios.did.payload import DidPayloadSource, unsupported_options, write_payload
from adapters.studios.errors import raise_for_error
from adapters.studios.payload import remove_path
from bot.errors import TryAgain, Unsure
from bot.jobs.job import Job
from bot.studios.studio import Accepted

# What a plan may lack and a video can be made without.
DROPPABLE_FIELDS = {
    "stitch": ("config.stitch", "config.max_animated_faces"),
    "subtitles": ("script.subtitles",),
    "logo": ("config.logo",),
    "persist": ("persist",),
}

log = structlog.get_logger(__name__)


class DidSubmitter:
    def __init__(self, api: DidClient, v4_endpoint: str, elevenlabs_headers: dict[str, str]) -> None:
        self._api, self._elevenlabs_headers = api, elevenlabs_headers
        self._pages_in_a_row = 0
        self.v4_endpoint = v4_endpoint  # auto, until an account turns out to have only the older V4

    async def submit(self, job: Job, webhook_url: str | None) -> Accepted:
        source = DidPayloadSource.from_job(job, webhook_url)
        endpoint, *older_endpoints = possible_endpoints(job, self.v4_endpoint)
        response, notes = await self._post_without_missing(source, endpoint)
        self._pages_in_a_row = self._pages_in_a_row + 1 if response.endpoint_gone and response.is_web_page else 0
        if 0 < self._pages_in_a_row < PAGES_BEFORE_GONE:
            raise TryAgain(SENTENCES.vendor_problem)
        if response.endpoint_gone and older_endpoints:
            endpoint = older_endpoints[0]
            response, notes = await self._post_without_missing(source, endpoint)
        raise_for_error(response, paid=True)
        if endpoint in older_endpoints:
            self.v4_endpoint = endpoint
        return Accepted(f"{endpoint}/{_accepted_id(response, endpoint)}", tuple(notes))

    async def _post_without_missing(self, source: DidPayloadSource, endpoint: str) -> tuple[DidResponse, list[str]]:
        """Post the body, and again without features that the plan does not include."""
        body = write_payload(source, endpoint)
        notes = _left_out_notes(source, endpoint)
        headers = self._elevenlabs_headers if _speaks_elevenlabs(body) else {}
        for _ in range(len(DROPPABLE_FIELDS) + 1):
            response = await self._api.post_paid(endpoint, body, headers, allow=(403, 404, 405))
            if response.status != 403 or response.endpoint_gone:
                break
            name = missing_feature(response)
            # A refusal that names a feature is D-ID's own and certain, so this is no repetition on doubt.
            removed = [remove_path(body, path) for path in DROPPABLE_FIELDS.get(name or "", ())]
            if not any(removed):
                break
            log.info("the plan lacks a feature, going on without it", feature=name, kind=endpoint)
            notes.append(f"Made without {name}: the D-ID plan does not include it.")
        return response, notes


def _left_out_notes(source: DidPayloadSource, endpoint: str) -> list[str]:
    """The older V4 has fewer fields, which shows only when the newer one turns out to be missing."""
    if endpoint != "videos":
        return []
    words = " and ".join(each.word for each in unsupported_options(source.request, endpoint))
    return [f"Made without {words}: the V4 of this D-ID account does not support it."] if words else []


def _speaks_elevenlabs(body: dict[str, Any]) -> bool:
    """The other account's key is sent only where it is needed."""
    return '"elevenlabs"' in json.dumps(body.get("script", {}).get("provider", {}))


def _accepted_id(response: DidResponse, endpoint: str) -> str:
    data = response.data
    if endpoint == "translations" and isinstance(data, dict):
        translations = data.get("translations")
        data = translations[0] if isinstance(translations, list) and translations else {}
    ident = DidRemoteJob.from_data(data).id
    if not ident:
        raise Unsure(SENTENCES.outcome_unknown)
    return ident
