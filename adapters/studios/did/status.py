"""Status of D-ID's jobs."""

from collections.abc import Mapping

from adapters.studios.did.client import DidClient
from adapters.studios.did.endpoints import parse_ticket
from adapters.studios.did.errors import COULD_NOT_FINISH, MODERATION_REJECTED, SENTENCES, failure_sentence
from adapters.studios.did.responses import DidRemoteJob, MarkerSupport
from adapters.studios.recover import search_start
from adapters.studios.status import StatusReader
from bot.errors import TryAgain
from bot.jobs.job import Job
from bot.studios.studio import Failed, Finished, Status, Waiting

MAX_STATUS_PAGES = 10  # and as many more as the jobs themselves may fill, with others between them


class DidStatusReader(StatusReader):
    unfinished_statuses = frozenset(
        {"created", "started", "validating", "ready", "draft", "training-started", "partial-done"}
    )

    def __init__(self, api: DidClient, marker_support: MarkerSupport) -> None:
        super().__init__()
        self._api, self._marker_support = api, marker_support

    def group_and_id(self, job: Job) -> tuple[str, str]:
        return parse_ticket(job.ticket or "")

    async def read_status(self, job: Job) -> Status:
        endpoint, ident = self.group_and_id(job)
        response = await self._api.get(endpoint, ident, allow=(404,))
        if response.status == 404:
            if response.has_error_text:
                return Failed(SENTENCES.job_gone)
            raise TryAgain(SENTENCES.vendor_problem)  # a page of something in between; the job is paid for
        return self._to_status(endpoint, DidRemoteJob.from_data(response.data), job) or Waiting("done")

    async def read_listed(self, group: str, waiting: Mapping[str, Job]) -> dict[str, Status]:
        statuses: dict[str, Status] = {}
        for ident, remote_job in (await self._read_pages(group, waiting)).items():
            if status := self._to_status(group, remote_job, waiting[ident]):
                statuses[waiting[ident].id] = status
        return statuses

    async def _read_pages(self, endpoint: str, waiting: Mapping[str, Job]) -> dict[str, DidRemoteJob]:
        """Pages, newest first, until all are found or the rest is older than the oldest of them."""
        remote_jobs: dict[str, DidRemoteJob] = {}
        max_pages = MAX_STATUS_PAGES + len(waiting) // 25
        async for response, page in self._api.pages(endpoint, endpoint, max_pages):
            earliest = min(search_start(job, self._api.now, response.studio_time) for job in waiting.values())
            seen = [DidRemoteJob.from_data(row) for row in page.rows]
            times = [each.created_at for each in seen if each.created_at is not None]
            remote_jobs |= {each.id: each for each in seen if each.id in waiting}
            if len(remote_jobs) == len(waiting) or (times and min(times) < earliest):
                break
        return remote_jobs

    def _to_status(self, endpoint: str, remote_job: DidRemoteJob, job: Job) -> Status | None:
        """None when the job is done and its link is missing."""
        self._marker_support.learn_from(endpoint, remote_job, job.marker)
        match remote_job.status:
            case "done":
                captions = remote_job.subtitles_url or None
                link = remote_job.result_url
                return Finished(link, captions, remote_job.duration) if link else None
            case "error":
                error = remote_job.error
                return Failed(failure_sentence(error.kind, error.description) if error else f"{COULD_NOT_FINISH}.")
            case "rejected":
                return Failed(_rejection_sentence(remote_job))
            case word:
                return self.waiting(word)


def _rejection_sentence(remote_job: DidRemoteJob) -> str:
    kind = remote_job.error.kind if remote_job.error else ""
    sentence = failure_sentence(kind, "")
    return sentence if kind and not sentence.startswith(COULD_NOT_FINISH) else MODERATION_REJECTED
