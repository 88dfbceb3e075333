"""How jobs stand: a hundred in one call where HeyGen tells so many at once."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from adapters.studios.heygen.api_versions import parse_ticket
from adapters.studios.heygen.client import HeygenClient
from adapters.studios.heygen.errors import VENDOR_PROBLEM, failure_sentence, raise_for_error
from adapters.studios.heygen.recover import request_status
from adapters.studios.heygen.responses import HeygenRemoteJob, extract_rows
from adapters.studios.responses import as_dict, as_text
from bot.errors import TryAgain
from bot.jobs.job import Job
from bot.requests.kinds import Storyboard
from bot.studios.studio import Failed, Finished, Status, Waiting

MAX_JOBS_ASKED_SINGLY = 4
STATUSES_PER_CALL = 100
MAX_STATUS_PAGES = 20
MAX_UNLISTED_ASKED = (
    20  # jobs that no list tells enough of are asked for one by one, so many at a time; the others next time
)

FINISHED_STATUSES = frozenset({"completed", "success"})
FAILED_STATUSES = frozenset({"failed", "error"})
UNFINISHED_STATUSES = frozenset({"", "waiting", "pending", "processing", "running", "queued", "draft"})
NOT_FOUND_STATUS = "not_found"
JOB_GONE = "HeyGen no longer has this job, so there will be no video of it."

STATUS_NOT_SERVED = "HeyGen no longer tells how jobs of this kind stand; it is asked again."

log = structlog.get_logger(__name__)


class HeygenStatusReader:
    """Looks at the jobs of one account."""

    def __init__(self, api: HeygenClient) -> None:
        self._api = api
        self._unknown_statuses: set[str] = set()

    async def read_statuses(self, jobs: Sequence[Job]) -> dict[str, Status]:
        """How jobs stand, by job id."""
        kinds: dict[tuple[str, str], dict[str, Job]] = {}
        for job in jobs:
            api_version, kind, ident = parse_ticket(job)
            if ident:
                kinds.setdefault((api_version, kind), {})[ident] = job
        statuses: dict[str, Status] = {}
        for (api_version, kind), waiting in kinds.items():
            statuses |= await self._read_kind(api_version, kind, waiting)
        return statuses

    async def read_status(self, job: Job) -> Status:
        """How one job stands, asked for by itself, with fresh links."""
        api_version, kind, ident = parse_ticket(job)
        response = await request_status(self._api, api_version, kind, ident)
        if response.is_web_page and response.status < 500:  # a page of something in between; the job is paid for
            raise TryAgain(VENDOR_PROBLEM)
        if response.endpoint_gone and not response.not_found:
            # The job is paid for and made somewhere: an operation that is gone says nothing about it.
            raise TryAgain(STATUS_NOT_SERVED, 300.0)
        if response.not_found:
            return Failed(JOB_GONE)
        raise_for_error(response, paid=False)
        return self._to_status(HeygenRemoteJob.from_data(response.result), job) or Waiting("completed")

    async def _read_kind(self, api_version: str, kind: str, waiting: Mapping[str, Job]) -> dict[str, Status]:
        if len(waiting) <= MAX_JOBS_ASKED_SINGLY or kind != "video":
            return await self._read_one_by_one(list(waiting.values())[:MAX_UNLISTED_ASKED])
        remote_jobs = await (
            self._read_v3_batches(list(waiting)) if api_version == "v3" else self._read_v1_list(waiting)
        )
        statuses: dict[str, Status] = {}
        unlisted: list[Job] = []
        for ident, job in waiting.items():
            status = self._status_from_list(remote_jobs[ident], job) if ident in remote_jobs else None
            if status is None:
                unlisted.append(job)
            else:
                statuses[job.id] = status
        return statuses | await self._read_one_by_one(unlisted[:MAX_UNLISTED_ASKED])

    def _status_from_list(self, remote_job: HeygenRemoteJob, job: Job) -> Status | None:
        """What a list tells; links and reasons may be missing there, and a reason is worth a call."""
        if remote_job.status in FINISHED_STATUSES and not remote_job.video:
            return Finished("")  # the link is asked for when it is needed, and is fresh then
        if remote_job.status == NOT_FOUND_STATUS or (
            remote_job.status in FAILED_STATUSES and not (remote_job.code or remote_job.message)
        ):
            return None
        return self._to_status(remote_job, job)

    async def _read_one_by_one(self, jobs: Sequence[Job]) -> dict[str, Status]:
        """One call each; a call that fails leaves its job as it was, unless all fail."""
        statuses: dict[str, Status] = {}
        errors: list[TryAgain] = []

        async def read_one(job: Job) -> None:
            try:
                statuses[job.id] = await self.read_status(job)
            except TryAgain as error:
                errors.append(error)

        try:
            async with asyncio.TaskGroup() as group:
                for job in jobs:
                    group.create_task(read_one(job))
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        if errors and not statuses:
            raise errors[0]
        return statuses

    async def _read_v3_batches(self, idents: Sequence[str]) -> dict[str, HeygenRemoteJob]:
        """v3 tells a hundred at once."""
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
        """v1 tells pages, newest first, until all are seen."""
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
        """What an object says of a job; None when it is done and does not say where."""
        if remote_job.video and (remote_job.status in FINISHED_STATUSES or remote_job.status in FAILED_STATUSES):
            # Free accounts are told of a watermark as if it were an error: a link is a success all the same.
            wants_captions = isinstance(job.request, Storyboard) and job.request.content.captions
            video = remote_job.captioned if wants_captions and remote_job.captioned else remote_job.video
            return Finished(video, remote_job.captions or None, remote_job.duration)
        if remote_job.status in FAILED_STATUSES:
            return Failed(failure_sentence(remote_job.code, remote_job.message))
        if remote_job.status in FINISHED_STATUSES:
            return None
        if (
            remote_job.status not in UNFINISHED_STATUSES
            and remote_job.status not in self._unknown_statuses
            and len(self._unknown_statuses) < 100
        ):
            self._unknown_statuses.add(remote_job.status)
            log.warning("HeyGen says something new of a job; it is waited for", status=remote_job.status[:40])
        return Waiting(remote_job.status)
