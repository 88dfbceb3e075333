"""The one paid call: made once, and again only when it is certain that nothing was taken."""

import structlog

from adapters.studios.errors import raise_for_error
from adapters.studios.heygen.api_versions import ApiVersions, job_kind, make_ticket
from adapters.studios.heygen.client import HeygenClient, HeygenRemoteJob
from adapters.studios.heygen.errors import SENTENCES, TRANSLATION_NOT_IN_PLAN, HeygenResponse, retired_sentence
from adapters.studios.heygen.uploads import HeygenUploads
from adapters.studios.heygen.video_spec import build_video_spec
from adapters.studios.responses import as_dict, as_texts
from bot.errors import Locked, Refused, Unsure
from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.kinds import Translation
from bot.requests.template import Template
from bot.studios.studio import Accepted

log = structlog.get_logger(__name__)


class HeygenSubmitter:
    def __init__(self, api: HeygenClient, api_versions: ApiVersions, uploads: HeygenUploads) -> None:
        self._api, self._api_versions, self._uploads = api, api_versions, uploads

    async def submit(self, job: Job, webhook_url: str | None) -> Accepted:
        """In the version the job was prepared for, or in the other if that one is gone and the job allows it."""
        api_version = job.uploads.get("api_version", "v3")
        response, notes = await self._post_splitting(job, api_version, webhook_url)
        if not response.ok and (response.endpoint_gone or (response.needs_v3 and api_version == "v2")):
            api_version, response, notes = await self._post_in_other_version(job, api_version, webhook_url, response)
        if not response.ok:
            await self._raise_refusal(job, response)
        return Accepted(make_ticket(api_version, job.request, _accepted_id(response, job.request)), notes)

    async def _post_splitting(
        self, job: Job, api_version: str, webhook_url: str | None
    ) -> tuple[HeygenResponse, tuple[str, ...]]:
        response = await self._post_paid(job, api_version, webhook_url)
        if not response.ok and response.max_characters and _can_split(job, api_version):
            # A refusal in HeyGen's own words is certain, so sending it in smaller pieces is no repetition on doubt.
            log.info("scenes were too long for this account", most=response.max_characters)
            self._api_versions.max_characters = min(self._api_versions.max_characters, response.max_characters)
            response = await self._post_paid(job, api_version, webhook_url)
        spec = self._api_versions.spec_for(job.request, api_version)
        return response, spec.notes if spec else ()

    async def _post_paid(self, job: Job, api_version: str, webhook_url: str | None) -> HeygenResponse:
        path, body = self._api_versions.write_payload(job, api_version, webhook_url)
        response = await self._api.post_paid(path, body, idempotency_key=job.marker if api_version == "v3" else "")
        too_long = response.max_characters and _can_split(job, api_version)
        if not (response.ok or response.endpoint_gone or response.needs_v3 or too_long):
            await self._raise_refusal(job, response)
        return response

    async def _post_in_other_version(
        self, job: Job, api_version: str, webhook_url: str | None, response: HeygenResponse
    ) -> tuple[str, HeygenResponse, tuple[str, ...]]:
        """Refused when the job depends on the version that is gone."""
        if response.endpoint_gone:
            self._api_versions.mark_gone(api_version)
        others = [each for each in self._api_versions.available if each != api_version]
        retired = retired_sentence(api_version, job.request)
        if not others or isinstance(job.request, Template):
            raise Refused(retired)
        if job_kind(job.request) == "video" and any(shot.photo for shot in build_video_spec(job.request).shots):
            # A photo has another id there; redo sends it again.
            raise Refused(f"{retired} Use redo to make it by {others[0]}.")
        try:
            self._api_versions.write_payload(job, others[0], webhook_url)
        except Refused as refusal:
            raise Refused(f"{retired} {refusal.sentence}", refusal.option) from refusal
        other_response, notes = await self._post_splitting(job, others[0], webhook_url)
        note = f"Made with HeyGen's {others[0]}, because {api_version} is not available for this."
        return others[0], other_response, (*notes, note)

    async def _raise_refusal(self, job: Job, response: HeygenResponse) -> None:
        if isinstance(job.request, Translation) and response.status == 403:
            raise Locked(TRANSLATION_NOT_IN_PLAN, "translation")
        if (response.status < 500 and "asset" in response.error_message) or response.error_code == "400174":
            await self._uploads.forget_files(set(job.uploads.values()))
        raise_for_error(response, paid=True)


def _can_split(job: Job, api_version: str) -> bool:
    return api_version == "v2" and not isinstance(job.request, Translation | Template)


def _accepted_id(response: HeygenResponse, request: Request) -> str:
    body = as_dict(response.result)
    if isinstance(request, Translation):
        ids = as_texts(body.get("video_translation_ids")) or as_texts(body.get("video_translate_ids"))
        ident = ids[0] if ids else HeygenRemoteJob.from_data(body).id
    else:
        ident = HeygenRemoteJob.from_data(body).id
    if not ident:
        raise Unsure(SENTENCES.outcome_unknown)
    return ident
