"""Status of HeyGen's jobs, and finding a submission whose answer was lost.

v3 shows titles, and every title ends with the job's marker; what is absent there may be sent again, since it carries an
`Idempotency-Key` of the job's own, under which HeyGen answers a repetition with the first video for a day. v2 has no
such key and its list shows no mark, so each video that is new enough is asked for its `callback_id`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from adapters.studios.errors import clean_text, load_sentences, raise_for_error, with_details
from adapters.studios.heygen.api_versions import job_kind, make_ticket, parse_ticket
from adapters.studios.heygen.client import HeygenClient, HeygenRemoteJob, extract_rows
from adapters.studios.heygen.errors import (
    COULD_NOT_FINISH,
    CREDIT_ERROR_CODES,
    NO_CREDITS,
    SENTENCES,
    HeygenResponse,
)
from adapters.studios.heygen.webhooks import WebhookDelivery
from adapters.studios.responses import as_dict, as_text
from adapters.studios.status import StatusReader, search_start, unanswered_seconds
from bot.errors import Trouble, TryAgain, Unsure
from bot.jobs.job import Job
from bot.requests.storyboard.storyboard import Storyboard
from bot.studios.studio import SETTLE_SECONDS, Failed, Finished, Status, Waiting

STATUSES_PER_CALL = 100
MAX_STATUS_PAGES = 20
NOT_SERVED_RETRY_SECONDS = 300.0

FINISHED_STATUSES = frozenset({"completed", "success"})
FAILED_STATUSES = frozenset({"failed", "error"})
NOT_FOUND_STATUS = "not_found"
GONE_STATUSES = (404, 405, 410)
STATUS_NOT_SERVED = "HeyGen no longer reports the status of such jobs. I'll keep checking."

IDEMPOTENCY_KEY_SECONDS = 23 * 3600.0  # HeyGen remembers an Idempotency-Key for a day
MAX_CANDIDATES_ASKED = 100  # how many videos of that time are asked one by one
MAX_SEARCH_PAGES = 5
ListDeliveries = Callable[[], Awaitable[Sequence[WebhookDelivery]]]


class HeygenStatusReader(StatusReader):
    unfinished_statuses = frozenset({"", "waiting", "pending", "processing", "running", "queued", "draft"})

    def __init__(self, api: HeygenClient) -> None:
        super().__init__()
        self._api = api

    def group_and_id(self, job: Job) -> tuple[str, str]:
        api_version, kind, ident = parse_ticket(job)
        return f"{api_version}/{kind}", ident

    async def read_status(self, job: Job) -> Status:
        response = await request_status(self._api, *parse_ticket(job))
        if response.is_web_page and response.status < 500:  # a page of something in between; the job is paid for
            raise TryAgain(SENTENCES.vendor_problem)
        if response.endpoint_gone and not response.not_found:
            # The job is paid for and made somewhere: an operation that is gone says nothing about it.
            raise TryAgain(STATUS_NOT_SERVED, NOT_SERVED_RETRY_SECONDS)
        if response.not_found:
            return Failed(SENTENCES.job_gone)
        raise_for_error(response, paid=False)
        return self._to_status(HeygenRemoteJob.from_data(response.result), job) or Waiting("completed")

    async def read_listed(self, group: str, waiting: Mapping[str, Job]) -> dict[str, Status]:
        if not group.endswith("/video"):
            return {}
        is_v3 = group.startswith("v3/")
        remote_jobs = await (self._read_v3_batches(list(waiting)) if is_v3 else self._read_v1_list(waiting))
        statuses: dict[str, Status] = {}
        for ident, job in waiting.items():
            if ident in remote_jobs and (status := self._status_from_list(remote_jobs[ident], job)):
                statuses[job.id] = status
        return statuses

    def _status_from_list(self, remote_job: HeygenRemoteJob, job: Job) -> Status | None:
        """A list may lack links and reasons; a reason is worth a call."""
        if remote_job.status in FINISHED_STATUSES and not remote_job.video:
            return Finished("")  # the link is asked for when it is needed, and is fresh then
        if remote_job.status == NOT_FOUND_STATUS or (
            remote_job.status in FAILED_STATUSES and not (remote_job.code or remote_job.message)
        ):
            return None
        return self._to_status(remote_job, job)

    async def _read_v3_batches(self, idents: Sequence[str]) -> dict[str, HeygenRemoteJob]:
        remote_jobs: dict[str, HeygenRemoteJob] = {}
        for start in range(0, len(idents), STATUSES_PER_CALL):
            query = {"video_ids": ",".join(idents[start : start + STATUSES_PER_CALL])}
            response = await self._api.get("v3/videos/statuses", query)
            if response.endpoint_gone:
                return remote_jobs
            raise_for_error(response, paid=False)
            remote_jobs |= {
                each.id: each
                for each in map(HeygenRemoteJob.from_data, extract_rows(response.result, "videos", "statuses", "items"))
            }
        return remote_jobs

    async def _read_v1_list(self, waiting: Mapping[str, Job]) -> dict[str, HeygenRemoteJob]:
        remote_jobs: dict[str, HeygenRemoteJob] = {}
        async for response, page_jobs, _ in read_video_list(self._api, MAX_STATUS_PAGES):
            remote_jobs |= {each.id: each for each in page_jobs if each.id in waiting}
            if response.endpoint_gone or len(remote_jobs) == len(waiting):
                break
        return remote_jobs

    def _to_status(self, remote_job: HeygenRemoteJob, job: Job) -> Status | None:
        """None when the job is done and its link is missing."""
        if remote_job.video and (remote_job.status in FINISHED_STATUSES or remote_job.status in FAILED_STATUSES):
            # Free accounts get a watermark notice as an error; with a link it is a success all the same.
            wants_captions = isinstance(job.request, Storyboard) and job.request.content.captions
            video = remote_job.captioned if wants_captions and remote_job.captioned else remote_job.video
            return Finished(video, remote_job.captions or None, remote_job.duration)
        if remote_job.status in FAILED_STATUSES:
            return failed_status(remote_job.code, remote_job.message)
        if remote_job.status in FINISHED_STATUSES:
            return None
        return self.waiting(remote_job.status)


async def read_video_list(
    api: HeygenClient, max_pages: int
) -> AsyncIterator[tuple[HeygenResponse, list[HeygenRemoteJob], str]]:
    """The pages of v1's list, newest first, each with the token of the next."""
    query = {"limit": "100"}
    for _ in range(max_pages):
        response = await api.get("v1/video.list", query)
        if not response.endpoint_gone:
            raise_for_error(response, paid=False)
        token = as_text(as_dict(response.result).get("token"))
        yield response, [HeygenRemoteJob.from_data(row) for row in extract_rows(response.result, "videos")], token
        if not token:
            return
        query = {"limit": "100", "token": token}


async def request_status(api: HeygenClient, api_version: str, kind: str, ident: str) -> HeygenResponse:
    """The status in one version, or in the other if the first is gone: ids are valid in both."""
    response = await _request_status(api, api_version, kind, ident)
    if response.status not in GONE_STATUSES and not response.endpoint_gone:
        return response
    other = await _request_status(api, "v2" if api_version == "v3" else "v3", kind, ident)
    return other if other.ok else response


async def _request_status(api: HeygenClient, api_version: str, kind: str, ident: str) -> HeygenResponse:
    if kind == "translation":
        path = "v3/video-translations/{}" if api_version == "v3" else "v2/video_translate/{}"
        return await api.get(path, ident=ident)
    if api_version == "v3":
        return await api.get("v3/videos/{}", ident=ident)
    return await api.get("v1/video_status.get", {"video_id": ident})


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
                # Where the list is not served, neither is what fills it.
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


def failed_status(code: str, message: str) -> Failed:
    if code in CREDIT_ERROR_CODES or any(each in message for each in CREDIT_ERROR_CODES):
        return Failed(NO_CREDITS)
    tables = load_sentences("heygen")
    if moderated := tables["moderation"].get(code):
        return Failed(with_details(moderated, ""), moderated=True)
    sentence = tables["refusals"].get(code)
    return Failed(with_details(sentence or COULD_NOT_FINISH, "" if sentence else clean_text(message)))
