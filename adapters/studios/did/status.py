"""How jobs stand: one call for a page of a hundred where that is fewer than one call each."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from adapters.studios.clock_skew import search_start
from adapters.studios.did.client import DidClient
from adapters.studios.did.endpoints import parse_ticket
from adapters.studios.did.errors import COULD_NOT_FINISH, MODERATION_REJECTED, VENDOR_PROBLEM, failure_sentence
from adapters.studios.did.marker_support import MarkerSupport
from adapters.studios.did.responses import DidPage, DidRemoteJob, parse_page
from bot.errors import TryAgain
from bot.jobs.job import Job
from bot.studios.studio import Failed, Finished, Status, Waiting

MAX_JOBS_ASKED_SINGLY = 4
MAX_STATUS_PAGES = 10  # and as many more as the jobs themselves may fill, with others between them
MAX_UNLISTED_ASKED = 20  # jobs no page showed are asked for one by one, so many at a time; the others next time

UNFINISHED_STATUSES = frozenset(
    {"created", "started", "validating", "ready", "draft", "training-started", "partial-done"}
)
JOB_GONE = "D-ID no longer has this job, so there will be no video of it."

log = structlog.get_logger(__name__)


class DidStatusReader:
    """Looks at the jobs of one account."""

    def __init__(self, api: DidClient, marker_support: MarkerSupport) -> None:
        self._api, self._marker_support = api, marker_support
        self._unknown_statuses: set[str] = set()

    async def read_statuses(self, jobs: Sequence[Job]) -> dict[str, Status]:
        """How jobs stand, by job id."""
        kinds: dict[str, dict[str, Job]] = {}
        for job in jobs:
            endpoint, ident = parse_ticket(job.ticket or "")
            if ident:
                kinds.setdefault(endpoint, {})[ident] = job
        statuses: dict[str, Status] = {}
        for endpoint, waiting in kinds.items():
            statuses |= await self._read_endpoint(endpoint, waiting)
        return statuses

    async def read_status(self, job: Job) -> Status:
        """How one job stands, asked for by itself."""
        endpoint, ident = parse_ticket(job.ticket or "")
        return await self._request_status(endpoint, ident, job)

    async def _read_endpoint(self, endpoint: str, waiting: Mapping[str, Job]) -> dict[str, Status]:
        if len(waiting) <= MAX_JOBS_ASKED_SINGLY:
            return await self._read_one_by_one(endpoint, waiting)
        remote_jobs = await self._read_list(endpoint, waiting)
        statuses: dict[str, Status] = {}
        unlisted: dict[str, Job] = {}
        for ident, job in waiting.items():
            status = self._to_status(endpoint, remote_jobs[ident], job) if ident in remote_jobs else None
            if status is None:
                unlisted[ident] = job
            else:
                statuses[job.id] = status
        return statuses | await self._read_one_by_one(endpoint, dict(list(unlisted.items())[:MAX_UNLISTED_ASKED]))

    async def _read_one_by_one(self, endpoint: str, waiting: Mapping[str, Job]) -> dict[str, Status]:
        """One call each; a call that fails leaves its job as it was, unless all fail."""
        statuses: dict[str, Status] = {}
        errors: list[TryAgain] = []

        async def read_one(ident: str, job: Job) -> None:
            try:
                statuses[job.id] = await self._request_status(endpoint, ident, job)
            except TryAgain as error:
                errors.append(error)

        # Other troubles concern the account and not one job; the first of them is told bare.
        try:
            async with asyncio.TaskGroup() as group:
                for ident, job in waiting.items():
                    group.create_task(read_one(ident, job))
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        if errors and not statuses:
            raise errors[0]
        return statuses

    async def _request_status(self, endpoint: str, ident: str, job: Job) -> Status:
        response = await self._api.get(endpoint, ident, allow=(404,))
        if (
            response.status == 404 and not response.has_error_text
        ):  # a page of something in between; the job is paid for
            raise TryAgain(VENDOR_PROBLEM)
        if response.status == 404:
            return Failed(JOB_GONE)
        return self._to_status(endpoint, DidRemoteJob.from_data(response.data), job) or Waiting("done")

    async def _read_list(self, endpoint: str, waiting: Mapping[str, Job]) -> dict[str, DidRemoteJob]:
        """Pages, newest first, until all are seen or everything older was submitted before the oldest of them."""
        remote_jobs: dict[str, DidRemoteJob] = {}
        query = {"limit": "100"}
        for _ in range(MAX_STATUS_PAGES + len(waiting) // 25):
            response = await self._api.get(endpoint, query=query)
            result_page = parse_page(response.data, endpoint)
            earliest = min(search_start(job, self._api.now, response.studio_time) for job in waiting.values())
            seen = [DidRemoteJob.from_data(row) for row in result_page.rows]
            remote_jobs |= {each.id: each for each in seen if each.id in waiting}
            if len(remote_jobs) == len(waiting) or _is_last_page(result_page, seen, earliest):
                break
            query = {"limit": "100", "token": result_page.token}
        return remote_jobs

    def _to_status(self, endpoint: str, remote_job: DidRemoteJob, job: Job) -> Status | None:
        """What an object says of a job; None when it is done and does not say where."""
        self._marker_support.learn_from(endpoint, remote_job, job.marker)
        match remote_job.status:
            case "done":
                return (
                    Finished(remote_job.result_url, remote_job.subtitles_url or None, remote_job.duration)
                    if remote_job.result_url
                    else None
                )
            case "error":
                return Failed(
                    failure_sentence(remote_job.error.kind, remote_job.error.description)
                    if remote_job.error
                    else f"{COULD_NOT_FINISH}."
                )
            case "rejected":
                return Failed(_rejection_sentence(remote_job))
            case word:
                self._warn_if_unknown(endpoint, word)
                return Waiting(word)

    def _warn_if_unknown(self, endpoint: str, word: str) -> None:
        if word not in UNFINISHED_STATUSES and word not in self._unknown_statuses and len(self._unknown_statuses) < 100:
            self._unknown_statuses.add(word)
            log.warning("D-ID says something new of a job; it is waited for", kind=endpoint, status=word[:40])


def _is_last_page(result_page: DidPage, remote_jobs: Sequence[DidRemoteJob], earliest: float) -> bool:
    times = [each.created_at for each in remote_jobs if each.created_at is not None]
    return not result_page.token or bool(times and min(times) < earliest)


def _rejection_sentence(remote_job: DidRemoteJob) -> str:
    if remote_job.error and remote_job.error.kind:
        sentence = failure_sentence(remote_job.error.kind, "")
        return sentence if not sentence.startswith(COULD_NOT_FINISH) else MODERATION_REJECTED
    return MODERATION_REJECTED
