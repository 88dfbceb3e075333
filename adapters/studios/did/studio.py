"""D-ID, as the engine sees it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx

from adapters.studios.client import account_id
from adapters.studios.did import prepare, presenters, voices
from adapters.studios.did.catalogue import DidCatalogue
from adapters.studios.did.client import (
    DidClient,
    DidCredits,
    MarkerSupport,
    auth_header,
    elevenlabs_header,
)
from adapters.studios.did.endpoints import MODEL_ENDPOINTS, parse_ticket, possible_endpoints
from adapters.studios.did.errors import SENTENCES
from adapters.studios.did.status import DidRecovery, DidStatusReader
from adapters.studios.did.submit import DidSubmitter
from adapters.studios.did.uploads import DidUploads
from adapters.studios.download import ResultDownloader
from adapters.studios.fuzzy_match import rank_matches
from adapters.studios.rate_limit import RateLimiter
from adapters.studios.uploads import InUse, UploadRefs, never_in_use
from bot.errors import Refused, TryAgain
from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.drivers import DRIVER_FAMILIES, TALK_DRIVER_FAMILIES, driver_names
from bot.requests.kinds import Talk
from bot.requests.languages import LANGUAGE_CODES
from bot.requests.media import FileHost, FileLimits, PreparedFile
from bot.runtime.clock import Clock
from bot.studios.studio import SETTLE_SECONDS, Accepted, Choice, Credit, Finished, Preview, Status


class DidStudio:
    """Talks, animations, presenters and translations by D-ID."""

    name = "did"
    title = "D-ID"

    def __init__(
        self,
        key: str,
        url: str = "https://api.d-id.com",
        *,
        http: httpx.AsyncClient,
        clock: Clock,
        cache_folder: Path,
        host: FileHost | None,
        webhook_url_for: Callable[[Job], str | None],
        auth: str = "basic",
        v4_path: str = "auto",
        elevenlabs_key: str | None = None,
        settle_seconds: float = SETTLE_SECONDS,
        in_use: InUse = never_in_use,
        single_process: bool = True,
    ) -> None:
        api = DidClient(http, url, auth_header(key, auth), RateLimiter(clock), clock)
        # Another key or server has other voices; the name of a file must not tell the key.
        account = account_id(url, key)
        marker_support = MarkerSupport()
        self._api, self._clock, self._webhook_url_for = api, clock, webhook_url_for
        self._catalogue = DidCatalogue(api, clock, cache_folder, account)
        self._uploads = DidUploads(
            api, clock, host, marker_support, UploadRefs(clock, in_use), single_process=single_process
        )
        self._recovery = DidRecovery(api, marker_support, settle_seconds)
        self._status_reader = DidStatusReader(api, marker_support)
        self._downloader = ResultDownloader(http, self.title, self._status_reader.read_status)
        elevenlabs_headers = elevenlabs_header(elevenlabs_key) if elevenlabs_key else {}
        self._submitter = DidSubmitter(api, v4_path.strip("/"), elevenlabs_headers)

    def check(self, request: Request) -> None:
        prepare.check_request(request, can_host=self._uploads.can_host)

    def file_limits(self, request: Request) -> Mapping[str, FileLimits]:
        return prepare.file_limits(request, can_host=self._uploads.can_host)

    def preview(self, request: Request) -> Preview:
        return Preview()

    async def check_names(self, request: Request) -> None:
        await prepare.check_names(request, self._catalogue)

    async def prepare(self, job: Job, files: Mapping[str, PreparedFile]) -> dict[str, str]:
        try:
            return await prepare.prepare_job(job, files, self._uploads, self._catalogue)
        except Refused:
            await self._uploads.delete_job_files(job)
            raise
        finally:
            self._uploads.mark_prepared(job)

    async def submit(self, job: Job) -> Accepted:
        return await self._submitter.submit(job, self._webhook_url_for(job))

    async def recover(self, job: Job) -> str | None:
        return await self._recovery.find_submission(job, possible_endpoints(job, self._submitter.v4_endpoint))

    async def status_of(self, jobs: Sequence[Job]) -> Mapping[str, Status]:
        return await self._status_reader.read_statuses(jobs)

    async def fetch(self, job: Job, video: Path, captions: Path) -> bool:
        finished = await self._downloader.fetch_video(job, video, lambda _: self._downloader.link_expired)
        link = finished.captions or _caption_link(job, finished)
        return await self._downloader.fetch_captions(link, captions) if link else False

    async def delete(self, job: Job) -> None:
        endpoint, ident = parse_ticket(job.ticket or "")
        if not ident:
            return
        response = await self._api.delete(endpoint, ident, allow=(200, 204, 404, 409))
        if response.status == 409:
            raise TryAgain(SENTENCES.still_rendering, 10.0)

    async def delete_uploads(self, job: Job) -> None:
        for key, remote_path in job.uploads.items():
            if name := key.removesuffix(prepare.REMOTE_PATH_SUFFIX) if key.endswith(prepare.REMOTE_PATH_SUFFIX) else "":
                await self._uploads.delete_file(job, job.uploads[name], remote_path)

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        """`sentiments:<presenter>` and `drivers:<presenter>` are those of one presenter."""
        kind, _, presenter = what.partition(":")
        if kind == "voices":
            return voices.voice_choices(await self._catalogue.voices(), typed, limit)
        if kind == "presenters":
            models = [presenter] if presenter in MODEL_ENDPOINTS else list(MODEL_ENDPOINTS)
            rows = [row for model in models for row in await self._catalogue.presenters(model)]
            return presenters.presenter_choices(rows, typed, limit)
        if kind in ("sentiments", "drivers") and presenter not in ("", "talk", "animation"):
            return await presenters.suggest_for_presenter(self._catalogue, kind, presenter, typed, limit)
        return [
            Choice(word, word)
            for word in rank_matches(_fixed_suggestions(kind, presenter), typed, lambda word: (word,), limit)
        ]

    async def credit(self) -> Credit:
        response = await self._api.get("credits", allow=(404,))
        balance = DidCredits.from_data(response.data if response.status != 404 else None)
        now = datetime.fromtimestamp(self._clock.now(), UTC).isoformat()[:19]
        lapses = sorted(each.expire_at for each in balance.credits if each.remaining and each.expire_at[:19] > now)
        plan = next((grant.plan_group for grant in balance.credits if grant.plan_group), "")
        details = {"plan": plan} if plan else {}
        return Credit(self.name, balance.remaining or 0.0, balance.total, lapses[0] if lapses else None, details)


def _fixed_suggestions(kind: str, presenter: str) -> list[str]:
    if kind == "languages":
        return list(LANGUAGE_CODES)
    if kind == "drivers":
        moving = driver_names(DRIVER_FAMILIES) if presenter != "talk" else []
        return list(dict.fromkeys([*(driver_names(TALK_DRIVER_FAMILIES) if presenter != "animation" else []), *moving]))
    return []


def _caption_link(job: Job, finished: Finished) -> str | None:
    """Talks do not say where their captions are: beside the video, under the same name."""
    if not isinstance(job.request, Talk) or not job.request.subtitles:
        return None
    link = urlsplit(finished.video)
    stem, dot, _ = link.path.rpartition(".")
    return urlunsplit(link._replace(path=f"{stem}.srt")) if dot else None
