"""Status of HeyGen's jobs."""

from collections.abc import Mapping, Sequence

from adapters.studios.errors import raise_for_error
from adapters.studios.heygen.api_versions import parse_ticket
from adapters.studios.heygen.client import HeygenClient
from adapters.studios.heygen.errors import SENTENCES, failure_sentence
from adapters.studios.heygen.recover import request_status
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
        query = {"limit": "100"}
        for _ in range(MAX_STATUS_PAGES):
            response = await self._api.get("v1/video.list", query)
            if response.endpoint_gone:
                break
            raise_for_error(response, paid=False)
            page_jobs = [HeygenRemoteJob.from_data(row) for row in extract_rows(response.result, "videos")]
            remote_jobs |= {each.id: each for each in page_jobs if each.id in waiting}
            token = as_text(as_dict(response.result).get("token"))
            if len(remote_jobs) == len(waiting) or not token:
                break
            query = {"limit": "100", "token": token}
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
