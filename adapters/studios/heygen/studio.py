"""HeyGen, as the engine sees it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

from adapters.studios.fuzzy_match import ranked
from adapters.studios.heygen import credit_balance, prepare, resolve_names
from adapters.studios.heygen.api_versions import Dialects, Version, tickets
from adapters.studios.heygen.catalogue import Lists
from adapters.studios.heygen.client import Wire
from adapters.studios.heygen.download import fetch
from adapters.studios.heygen.errors import Reply, judge
from adapters.studios.heygen.recover import Finder
from adapters.studios.heygen.status import Looker
from adapters.studios.heygen.submit import Submitter
from adapters.studios.heygen.uploads import Uploads
from adapters.studios.heygen.webhooks import Webhooks
from adapters.studios.rate_limit import Governor
from adapters.studios.upload_refs import InUse, Lent, nowhere
from bot.errors import TryAgain
from bot.jobs.job import Job
from bot.requests.kinds import Request
from bot.requests.media import Fitted, Limits
from bot.runtime.clock import Clock
from bot.studios.studio import SETTLE, Accepted, Choice, Credit, Outlook, Sight, Waiting

BUSY = "HeyGen is still at work on it; it can be deleted once it is done."


class HeygenStudio:
    """Talks, presenters, storyboards and translations by HeyGen."""

    name = "heygen"
    title = "HeyGen"

    def __init__(
        self,
        key: str,
        url: str = "https://api.heygen.com",
        *,
        client: httpx.AsyncClient,
        clock: Clock,
        cache: Path,
        hook: Callable[[Job], str | None],
        version: Version = "auto",
        settle: float = SETTLE,
        in_use: InUse = nowhere,
        alone: bool = True,
    ) -> None:
        self._wire = wire = Wire(client, url, key, Governor(clock, self.title), clock)
        # Another key or server has other avatars; the name of a file must not tell the key.
        account = hashlib.sha256(f"{url}\n{key}".encode()).hexdigest()[:12]
        self._client, self._hook = client, hook
        self._dialects = Dialects(version)
        self._lent, self._alone = Lent(clock, in_use), alone
        self._lists = Lists(wire, self._dialects, clock, cache, account)
        self._uploads = Uploads(wire, clock, cache, account, self._dialects.gone, self._lent)
        self.webhooks = Webhooks(wire)
        self._finder = Finder(wire, clock, self.webhooks.deliveries, settle)
        self._looker = Looker(wire)
        self._submitter = Submitter(wire, self._dialects, self._uploads)

    def check(self, request: Request) -> None:
        """Refuse what HeyGen cannot make; no outside call."""
        prepare.check(request, self._dialects)

    def needs(self, request: Request) -> Mapping[str, Limits]:
        """What each file must be."""
        return prepare.needs(request)

    def outlook(self, request: Request) -> Outlook:
        """The scenes it will have, and whether its words had to be spread over more of them."""
        return prepare.outlook(request, self._dialects)

    async def recognise(self, request: Request) -> None:
        """Refuse whom HeyGen does not know."""
        await prepare.recognise(request, self._lists, self._wire)

    async def prepare(self, job: Job, files: Mapping[str, Fitted]) -> dict[str, str]:
        """Find everyone named and send the files."""
        try:
            return await prepare.prepare(job, files, self._uploads, self._lists, self._dialects, self._wire)
        finally:
            self._lent.prepared(job.id)

    async def submit(self, job: Job) -> Accepted:
        """The one paid call."""
        return await self._submitter.submit(job, self._hook(job))

    async def find(self, job: Job) -> str | None:
        """The ticket of a submission whose answer was lost."""
        return await self._finder.find(job)

    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Sight]:
        """How jobs stand."""
        return await self._looker.look(jobs)

    async def fetch(self, job: Job, video: Path, captions: Path) -> bool:
        """Stream the video and its captions to disk."""
        return await fetch(self._client, self._looker, job, video, captions)

    async def delete(self, job: Job) -> None:
        """Delete HeyGen's copy; what is not there is deleted."""
        dialect, kind, ident = tickets(job)
        if not ident:
            return
        # HeyGen does not say what becomes of a video that is deleted while it is made, so that is not tried.
        if isinstance(await self._looker.one(job), Waiting):
            raise TryAgain(BUSY, 10.0)
        reply = await self._drop(dialect, kind, ident)
        if reply.unserved:
            reply = await self._drop("v2" if dialect == "v3" else "v3", kind, ident)
        if reply.status not in (404, 405):
            judge(reply, pays=False)

    async def unload(self, job: Job) -> None:
        """Delete the photos that were sent for a job, those that no unfinished job needs."""
        if self._alone:  # else another process may know one by heart, and give it to a job that then fails
            await self._uploads.unload(job)

    async def _drop(self, dialect: str, kind: str, ident: str) -> Reply:
        if dialect == "v2":
            return await self._wire.change("DELETE", "v1/video.delete", {"video_id": ident})
        path = "v3/videos/{}" if kind == "video" else "v3/video-translations/{}"
        return await self._wire.change("DELETE", path, ident=ident)

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        """Voices, presenters, languages and templates that match what was typed."""
        match what.partition(":")[0]:
            case "voices":
                return resolve_names.voices(await self._lists.voices(), typed, limit)
            case "presenters":
                return resolve_names.people(await self._lists.avatars(), typed, limit)
            case "templates":
                return resolve_names.templates(await self._lists.templates(), typed, limit)
            case "languages":
                known = ranked(await self._lists.languages(), typed, lambda word: (word,), limit)
                return [Choice(word, word) for word in known]
        return []

    async def credit(self) -> Credit:
        """What is left on the account."""
        return await credit_balance.credit(self._wire, self._dialects)
