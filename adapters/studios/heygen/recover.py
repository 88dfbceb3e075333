"""Looking for a submission whose answer was lost.

v3 shows titles, and every title ends with the job's marker; what is absent there may be sent again, since it carries an
`Idempotency-Key` of the job's own, under which HeyGen answers a repetition with the first video for a day. v2 has no
such key and its list shows no mark, so each video that is new enough is asked for its `callback_id`.
"""

from collections.abc import Awaitable, Callable, Sequence

from adapters.studios.errors import raise_for_error
from adapters.studios.heygen.api_versions import job_kind, make_ticket
from adapters.studios.heygen.client import HeygenClient
from adapters.studios.heygen.errors import SENTENCES
from adapters.studios.heygen.responses import HeygenRemoteJob, extract_rows
from adapters.studios.heygen.status import read_video_list, request_status
from adapters.studios.heygen.webhooks import WebhookDelivery
from adapters.studios.recover import search_start, unanswered_seconds
from adapters.studios.responses import as_dict, as_text
from bot.errors import Trouble, TryAgain, Unsure
from bot.jobs.job import Job
from bot.studios.studio import SETTLE_SECONDS

IDEMPOTENCY_KEY_SECONDS = 23 * 3600.0  # HeyGen remembers an Idempotency-Key for a day
MAX_CANDIDATES_ASKED = 100  # how many videos of that time are asked one by one
MAX_SEARCH_PAGES = 5
ListDeliveries = Callable[[], Awaitable[Sequence[WebhookDelivery]]]


class HeygenRecovery:
    def __init__(
        self, api: HeygenClient, list_deliveries: ListDeliveries, settle_seconds: float = SETTLE_SECONDS
    ) -> None:
        self._api, self._list_deliveries, self._settle_seconds = api, list_deliveries, settle_seconds

    async def find_submission(self, job: Job) -> str | None:
        """The ticket; None when it certainly never arrived or may safely be sent again; else Unsure."""
        api_version = job.uploads.get("api_version", "v3")
        found = await (self._find_by_title(job) if api_version == "v3" else self._find_among_recent(job))
        if found:
            return make_ticket(api_version, job.request, found)
        # Where v2 turned out to be gone, v3 was asked instead and may have taken the job.
        if api_version == "v2" and (found := await self._find_by_title(job)):
            return make_ticket("v3", job.request, found)
        if unanswered_seconds(job, self._api.now) < self._settle_seconds:
            raise Unsure(SENTENCES.outcome_unknown)
        if api_version == "v3" and self._api.now - (job.submitted_at or job.asked_at) > IDEMPOTENCY_KEY_SECONDS:
            raise Unsure(SENTENCES.outcome_unknown)
        return None

    async def _find_by_title(self, job: Job) -> str | None:
        """A server that does not search sends its newest, which is enough."""
        path = "v3/videos" if job_kind(job.request) == "video" else "v3/video-translations"
        query = {"title": job.marker, "limit": "100"}
        for _ in range(MAX_SEARCH_PAGES):
            response = await self._api.get(path, query)
            if response.endpoint_gone and response.data is None:
                raise TryAgain(SENTENCES.vendor_problem)
            if response.endpoint_gone:
                return None
            raise_for_error(response, paid=False)
            remote_jobs = [
                HeygenRemoteJob.from_data(row) for row in extract_rows(response.result, "videos", "video_translations")
            ]
            our_ids = (each.id for each in remote_jobs if job.marker in each.title or each.callback_id == job.marker)
            found = next(our_ids, None)
            token = as_text(as_dict(response.data).get("next_token"))
            if found or not token:
                return found
            query |= {"token": token}
        return None

    async def _find_among_recent(self, job: Job) -> str | None:
        candidates = await self._recent_ids(job)
        if len(candidates) > MAX_CANDIDATES_ASKED:
            return await self._find_in_deliveries(job)
        any_unmarked = False
        for ident in candidates:
            remote_job = await self._read_remote_job(job, ident)
            if remote_job is None:
                continue
            if remote_job.callback_id == job.marker:
                return ident
            any_unmarked = any_unmarked or not remote_job.marked
        return await self._find_in_deliveries(job) if any_unmarked else None

    async def _find_in_deliveries(self, job: Job) -> str:
        """Webhook deliveries name the job, too; if none does, the outcome stays unknown."""
        try:
            deliveries = await self._list_deliveries()
        except Trouble as trouble:
            raise Unsure(SENTENCES.outcome_unknown) from trouble
        for each in deliveries:
            if each.remote_id and each.job_id == job.marker.removeprefix("dt-"):
                return each.remote_id
        raise Unsure(SENTENCES.outcome_unknown)

    async def _recent_ids(self, job: Job) -> Sequence[str]:
        """What was made since shortly before the submission."""
        wanted_type = "TRANSLATED" if job_kind(job.request) == "translation" else "GENERATED"
        ids: list[str] = []
        async for response, remote_jobs, token in read_video_list(self._api, MAX_SEARCH_PAGES):
            if response.endpoint_gone and response.data is None:  # a page of something in between proves nothing
                raise TryAgain(SENTENCES.vendor_problem)
            if response.endpoint_gone:
                # Whoever does not serve the list does not serve what fills it.
                return ids
            earliest = search_start(job, self._api.now, response.studio_time)
            ids += [each.id for each in remote_jobs if _may_be_ours(each, earliest, wanted_type)]
            times = [each.created_at for each in remote_jobs if each.created_at is not None]
            if not token or (times and min(times) < earliest):
                return ids
        raise Unsure(SENTENCES.outcome_unknown)

    async def _read_remote_job(self, job: Job, ident: str) -> HeygenRemoteJob | None:
        response = await request_status(self._api, "v2", job_kind(job.request), ident)
        if response.status == 404 and response.data is None:
            raise TryAgain(SENTENCES.vendor_problem)
        if response.status == 404:
            return None
        raise_for_error(response, paid=False)
        return HeygenRemoteJob.from_data(response.result)


def _may_be_ours(remote_job: HeygenRemoteJob, earliest: float, wanted_type: str) -> bool:
    recent = remote_job.created_at is None or remote_job.created_at >= earliest
    return bool(remote_job.id) and recent and remote_job.type in ("", wanted_type)
