"""HeyGen, as the engine sees it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from adapters.studios.client import account_id
from adapters.studios.download import ResultDownloader
from adapters.studios.errors import raise_for_error
from adapters.studios.fuzzy_match import rank_matches
from adapters.studios.heygen import prepare, resolve_names
from adapters.studios.heygen.api_versions import ApiVersions, VersionSetting, parse_ticket
from adapters.studios.heygen.catalogue import HeygenCatalogue
from adapters.studios.heygen.client import HeygenClient
from adapters.studios.heygen.errors import SENTENCES, HeygenResponse
from adapters.studios.heygen.status import HeygenRecovery, HeygenStatusReader
from adapters.studios.heygen.submit import HeygenSubmitter
from adapters.studios.heygen.uploads import HeygenUploads
from adapters.studios.heygen.webhooks import HeygenWebhooks
from adapters.studios.rate_limit import RateLimiter
from adapters.studios.responses import as_dict, as_number, as_text
from adapters.studios.uploads import InUse, UploadRefs, never_in_use
from bot.errors import Refused, Trouble, TryAgain
from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.kinds import SpeechRequest, Translation
from bot.requests.media import FileLimits, PreparedFile
from bot.requests.storyboard.storyboard import Storyboard
from bot.requests.template import Template
from bot.runtime.clock import Clock
from bot.studios.studio import SETTLE_SECONDS, Accepted, Choice, Credit, Failed, Preview, Status, Waiting


class HeygenStudio:
    """Talks, presenters, storyboards and translations by HeyGen."""

    name = "heygen"
    title = "HeyGen"

    def __init__(
        self,
        key: str,
        url: str = "https://api.heygen.com",
        *,
        http: httpx.AsyncClient,
        clock: Clock,
        cache_folder: Path,
        webhook_url_for: Callable[[Job], str | None],
        version: VersionSetting = "auto",
        settle_seconds: float = SETTLE_SECONDS,
        in_use: InUse = never_in_use,
        single_process: bool = True,
    ) -> None:
        self._api = api = HeygenClient(http, url, key, RateLimiter(clock, self.title), clock)
        # Another key or server has other avatars; the name of a file must not tell the key.
        account = account_id(url, key)
        self._webhook_url_for = webhook_url_for
        self._api_versions = ApiVersions(version)
        self._upload_refs, self._single_process = UploadRefs(clock, in_use), single_process
        self._catalogue = HeygenCatalogue(api, self._api_versions, clock, cache_folder, account)
        self._uploads = HeygenUploads(
            api, clock, cache_folder, account, self._api_versions.mark_gone, self._upload_refs
        )
        self.webhooks = HeygenWebhooks(api)
        self._recovery = HeygenRecovery(api, self.webhooks.list_deliveries, settle_seconds)
        self._status_reader = HeygenStatusReader(api)
        self._downloader = ResultDownloader(http, self.title, self._status_reader.read_status)
        self._submitter = HeygenSubmitter(api, self._api_versions, self._uploads)

    def check(self, request: Request) -> None:
        prepare.check_request(request, self._api_versions)

    def file_limits(self, request: Request) -> Mapping[str, FileLimits]:
        return prepare.file_limits(request)

    def preview(self, request: Request) -> Preview:
        return prepare.preview_request(request, self._api_versions)

    async def check_names(self, request: Request) -> None:
        await prepare.check_names(request, self._catalogue, self._api)

    async def prepare(self, job: Job, files: Mapping[str, PreparedFile]) -> dict[str, str]:
        try:
            return await prepare.prepare_job(job, files, self._uploads, self._catalogue, self._api_versions, self._api)
        finally:
            self._upload_refs.release_after_grace(job.id)

    async def submit(self, job: Job) -> Accepted:
        return await self._submitter.submit(job, self._webhook_url_for(job))

    async def recover(self, job: Job) -> str | None:
        return await self._recovery.find_submission(job)

    async def status_of(self, jobs: Sequence[Job]) -> Mapping[str, Status]:
        return await self._status_reader.read_statuses(jobs)

    async def fetch(self, job: Job, video: Path, captions: Path) -> bool:
        finished = await self._downloader.fetch_video(job, video, self._unavailable)
        if not finished.captions or not _wants_captions(job):
            return False
        return await self._downloader.fetch_captions(finished.captions, captions)

    def _unavailable(self, status: Status) -> Trouble:
        return (
            Refused(status.sentence)
            if isinstance(status, Failed)
            else TryAgain("HeyGen's video is not there yet.", 10.0)
        )

    async def delete(self, job: Job) -> None:
        api_version, kind, ident = parse_ticket(job)
        if not ident:
            return
        # HeyGen does not say what becomes of a video that is deleted while it is made, so that is not tried.
        if isinstance(await self._status_reader.read_status(job), Waiting):
            raise TryAgain(SENTENCES.still_rendering, 10.0)
        response = await self._delete_remote(api_version, kind, ident)
        if response.endpoint_gone:
            response = await self._delete_remote("v2" if api_version == "v3" else "v3", kind, ident)
        if response.status not in (404, 405):
            raise_for_error(response, paid=False)

    async def delete_uploads(self, job: Job) -> None:
        if self._single_process:  # else another process may know one by heart, and give it to a job that then fails
            await self._uploads.delete_photos(job)

    async def _delete_remote(self, api_version: str, kind: str, ident: str) -> HeygenResponse:
        if api_version == "v2":
            return await self._api.delete("v1/video.delete", {"video_id": ident})
        path = "v3/videos/{}" if kind == "video" else "v3/video-translations/{}"
        return await self._api.delete(path, ident=ident)

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        match what.partition(":")[0]:
            case "voices":
                return resolve_names.voice_choices(await self._catalogue.voices(), typed, limit)
            case "presenters":
                return resolve_names.avatar_choices(await self._catalogue.avatars(), typed, limit)
            case "templates":
                return resolve_names.template_choices(await self._catalogue.templates(), typed, limit)
            case "languages":
                known = rank_matches(await self._catalogue.languages(), typed, lambda word: (word,), limit)
                return [Choice(word, word) for word in known]
        return []

    async def credit(self) -> Credit:
        return await read_credit(self._api, self._api_versions)


_V2_QUOTA_PER_CREDIT = 60.0  # v2's quota for one credit


async def read_credit(api: HeygenClient, api_versions: ApiVersions) -> Credit:
    response: HeygenResponse | None = None
    for path in _credit_paths(api_versions):
        response = await api.get(path)
        if response.endpoint_gone:
            continue
        raise_for_error(response, paid=False)
        body = as_dict(response.result)
        if path.startswith("v3"):
            return _from_v3(body)
        return Credit("heygen", round((as_number(body.get("remaining_quota")) or 0.0) / _V2_QUOTA_PER_CREDIT, 2))
    if response is not None:
        raise_for_error(response, paid=False)
    return Credit("heygen", 0.0)


def _credit_paths(api_versions: ApiVersions) -> list[str]:
    """The newer first; the account's path has had two spellings."""
    found = ["v3/users/me", "v3/user/me"] if "v3" in api_versions.available else []
    return [*found, "v2/user/remaining_quota"] if "v2" in api_versions.available or not found else found


def _from_v3(body: dict[str, Any]) -> Credit:
    """Only these numbers of the account are kept."""
    billing_type = as_text(body.get("billing_type"))
    wallet, plan = as_dict(body.get("wallet")), as_dict(body.get("subscription"))
    details = {"billing": billing_type} if billing_type else {}
    if plan and billing_type != "wallet":
        pools = [as_number(as_dict(pool).get("remaining")) for pool in as_dict(plan.get("credits")).values()]
        amounts = [each for each in pools if each is not None]
        remaining = sum(amounts) if amounts else as_number(plan.get("remaining_credits"))
        plan_name = as_text(plan.get("plan"))
        return Credit("heygen", remaining or 0.0, details=details | ({"plan": plan_name} if plan_name else {}))
    return Credit("heygen", as_number(wallet.get("remaining_balance")) or 0.0, details=details)


def _wants_captions(job: Job) -> bool:
    match job.request:
        case SpeechRequest(subtitles=wanted):
            return wanted
        case Storyboard() | Template():
            return job.request.captions_in_picture
        case Translation():
            return True
    return False
