"""Status of D-ID's jobs, and finding a submission whose answer was lost.

Being wrong either way costs: a render bought twice, or someone else's video delivered. So a submission is found only by
a mark of its own, and is absent only when everything that might be it shows that it is something else.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto

from adapters.studios.did.client import DidClient, DidPage, DidRemoteJob, MarkerSupport
from adapters.studios.did.endpoints import ENDPOINTS, EndpointSpec, parse_ticket
from adapters.studios.did.errors import COULD_NOT_FINISH, MODERATION_REJECTED, SENTENCES
from adapters.studios.errors import clean_text, load_sentences, raise_for_error, with_details
from adapters.studios.status import StatusReader, search_start, unanswered_seconds
from bot.errors import TryAgain, Unsure
from bot.jobs.job import Job
from bot.studios.studio import SETTLE_SECONDS, Failed, Finished, Status, Waiting

MAX_STATUS_PAGES = 10  # and as many more as the jobs themselves may fill, with others between them

MAX_SEARCH_PAGES = 50
MAX_UNCLEAR_ASKED = 20  # how many that a list says nothing of are asked for one by one

_MARKER_PATTERN = re.compile(r"dt-[0-9a-z]{20}")


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
                return failed_status(error.kind, error.description) if error else Failed(f"{COULD_NOT_FINISH}.")
            case "rejected":
                failed = failed_status(remote_job.error.kind if remote_job.error else "", "")
                known = not failed.sentence.startswith(COULD_NOT_FINISH)
                return Failed(failed.sentence if known else MODERATION_REJECTED, moderated=True)
            case word:
                return self.waiting(word)


class Ownership(Enum):
    """Whose a remote job is, as far as it shows."""

    OURS = auto()
    LIKELY = auto()  # our picture, but a picture may be shared
    OTHER = auto()
    UNCLEAR = auto()


class DidRecovery:
    def __init__(self, api: DidClient, marker_support: MarkerSupport, settle_seconds: float = SETTLE_SECONDS) -> None:
        self._api, self._marker_support, self._settle_seconds = api, marker_support, settle_seconds

    async def find_submission(self, job: Job, endpoints: tuple[str, ...]) -> str | None:
        """The ticket; None when it certainly never arrived; else Unsure."""
        lists_read = 0
        for endpoint in endpoints:
            search = _SubmissionSearch(job, ENDPOINTS[endpoint])
            if await self._search_list(search):
                lists_read += 1
            if found := await self._find_in_search(search):
                return f"{endpoint}/{found}"
        if not lists_read:
            raise TryAgain(SENTENCES.unreachable)
        if unanswered_seconds(job, self._api.now) < self._settle_seconds:
            raise Unsure(SENTENCES.outcome_unknown)
        return None

    async def _search_list(self, search: "_SubmissionSearch") -> bool:
        """Read the list back to before the submission; False when there is no such list."""
        pages = self._api.pages(search.endpoint, search.endpoint, MAX_SEARCH_PAGES, allow=(403, 404, 405))
        async for response, page in pages:
            if response.endpoint_gone and response.has_error_text:
                return False
            if response.endpoint_gone:  # a page of something in between proves nothing
                raise TryAgain(SENTENCES.vendor_problem)
            raise_for_error(response, paid=False)
            if search.take_page(page, search_start(search.job, self._api.now, response.studio_time)):
                return True
        raise Unsure(SENTENCES.outcome_unknown)

    async def _find_in_search(self, search: "_SubmissionSearch") -> str | None:
        """The id, after reading one by one those that the list says too little about."""
        if search.our_id:
            return search.our_id
        for ident in search.unclear_ids[:MAX_UNCLEAR_ASKED]:
            response = await self._api.get(search.endpoint, ident, allow=(404,))
            if response.status == 404 and not response.has_error_text:
                raise TryAgain(SENTENCES.vendor_problem)
            remote_job = DidRemoteJob.from_data(response.data)
            self._marker_support.learn_from(search.endpoint, remote_job, search.marker)
            if search.ownership_of(remote_job) in (Ownership.OURS, Ownership.LIKELY):
                return ident
            if search.ownership_of(remote_job) is Ownership.UNCLEAR and response.status != 404:
                search.has_unmarked = True
        if search.has_unmarked or len(search.unclear_ids) > MAX_UNCLEAR_ASKED:
            raise Unsure(SENTENCES.outcome_unknown)
        return None


class _SubmissionSearch:
    def __init__(self, job: Job, spec: EndpointSpec) -> None:
        self.endpoint, self.job, self.marker = spec.path, job, job.marker
        self._shows_name = spec.has_name
        # Only a file that was sent under this job's own name tells anything.
        sent = (job.uploads.get("image", ""), job.uploads.get("video", ""))
        self._has_own_file = spec.shows_file_name and any(job.marker in address for address in sent)
        self.our_id: str | None = None
        self.unclear_ids: list[str] = []
        self.has_unmarked = False

    def take_page(self, result_page: DidPage, earliest: float) -> bool:
        """Judge a page; True when the search is over."""
        past = False
        for row in result_page.rows:
            remote_job = DidRemoteJob.from_data(row)
            if remote_job.created_at is not None and remote_job.created_at < earliest:
                past = True
                continue
            self._record(remote_job)
        return bool(self.our_id) or past or not result_page.token

    def ownership_of(self, remote_job: DidRemoteJob) -> Ownership:
        if remote_job.user_data:
            return Ownership.OURS if remote_job.user_data == self.marker else Ownership.OTHER
        if self.marker in remote_job.name and self._shows_name:
            return Ownership.OURS
        if self._shows_name and remote_job.name:
            return Ownership.OTHER
        if any(
            self.marker in text
            for text in (remote_job.name, remote_job.source_url, remote_job.result_url, remote_job.driver_url)
        ):
            return Ownership.LIKELY
        if self._has_own_file and (remote_job.source_url or _MARKER_PATTERN.search(remote_job.name)):
            return Ownership.OTHER
        return Ownership.UNCLEAR

    def _record(self, remote_job: DidRemoteJob) -> None:
        owner = self.ownership_of(remote_job)
        if owner is Ownership.OURS:
            self.our_id = self.our_id or remote_job.id
        elif owner is not Ownership.OTHER and remote_job.id:
            self.unclear_ids.append(remote_job.id)
        elif owner is not Ownership.OTHER:
            self.has_unmarked = True


def failed_status(kind: str, description: str) -> Failed:
    tables = load_sentences("did")
    if moderated := tables["moderation"].get(kind):
        return Failed(moderated, moderated=True)
    sentence = tables["failures"].get(kind) or tables["refusals"].get(kind)
    if sentence and kind != "BadRequestError":
        return Failed(with_details(sentence, ""))
    return Failed(with_details(COULD_NOT_FINISH, clean_text(description)))
