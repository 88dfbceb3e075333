"""Status of HeyGen's jobs."""

from collections.abc import AsyncIterator, Mapping, Sequence

from adapters.studios.errors import raise_for_error
from adapters.studios.heygen.api_versions import parse_ticket
from adapters.studios.heygen.client import HeygenClient
from adapters.studios.heygen.errors import SENTENCES, HeygenResponse, failure_sentence
from adapters.studios.heygen.responses import HeygenRemoteJob, extract_rows
from adapters.studios.responses import as_dict, as_text
from adapters.studios.status import StatusReader
from bot.errors import TryAgain
from bot.jobs.job import Job
from bot.requests.storyboard.storyboard import Storyboard
from bot.studios.studio import Failed, Finished, Status, Waiting

STATUSES_PER_CALL = 100
MAX_STATUS_PAGES = 20
NOT_SERVED_RETRY_SECONDS = 300.0

FINISHED_STATUSES = frozenset({"completed", "success"})
FAILED_STATUSES = frozenset({"failed", "error"})
NOT_FOUND_STATUS = "not_found"
GONE_STATUSES = (404, 405, 410)
STATUS_NOT_SERVED = "HeyGen no longer reports the status of such jobs. I'll keep checking."


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
            # Free accounts are told of a watermark as if it were an error: a link is a success all the same.
            wants_captions = isinstance(job.request, Storyboard) and job.request.content.captions
            video = remote_job.captioned if wants_captions and remote_job.captioned else remote_job.video
            return Finished(video, remote_job.captions or None, remote_job.duration)
        if remote_job.status in FAILED_STATUSES:
            return Failed(failure_sentence(remote_job.code, remote_job.message))
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
