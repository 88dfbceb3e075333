"""D-ID, as the engine sees it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx

from adapters.studios.did import prepare, presenters, voices
from adapters.studios.did.auth import elevenlabs, header
from adapters.studios.did.catalogue import Lists
from adapters.studios.did.client import Wire
from adapters.studios.did.download import fetch
from adapters.studios.did.endpoints import MODELS, parts, paths
from adapters.studios.did.marker_support import Echo
from adapters.studios.did.recover import Finder
from adapters.studios.did.responses import Credits, Grant
from adapters.studios.did.status import Looker
from adapters.studios.did.submit import Submitter
from adapters.studios.did.uploads import Uploads
from adapters.studios.fuzzy_match import ranked
from adapters.studios.rate_limit import Governor
from adapters.studios.upload_refs import InUse, Lent, nowhere
from bot.errors import Refused, TryAgain
from bot.jobs.job import Job
from bot.requests.drivers import FAMILIES, TALKING, names
from bot.requests.kinds import Request
from bot.requests.languages import CODES
from bot.requests.media import Fitted, Host, Limits
from bot.runtime.clock import Clock
from bot.studios.studio import SETTLE, Accepted, Choice, Credit, Outlook, Sight

BUSY = "D-ID is still at work on it; it can be deleted once it is done."


class DidStudio:
    """Talks, animations, presenters and translations by D-ID."""

    name = "did"
    title = "D-ID"

    def __init__(
        self,
        key: str,
        url: str = "https://api.d-id.com",
        *,
        client: httpx.AsyncClient,
        clock: Clock,
        cache: Path,
        host: Host | None,
        hook: Callable[[Job], str | None],
        auth: str = "basic",
        v4_path: str = "auto",
        elevenlabs_key: str | None = None,
        settle: float = SETTLE,
        in_use: InUse = nowhere,
        alone: bool = True,
    ) -> None:
        wire = Wire(client, url, header(key, auth), Governor(clock), clock)
        # Another key or server has other voices; the name of a file must not tell the key.
        account = hashlib.sha256(f"{url}\n{key}".encode()).hexdigest()[:12]
        echo = Echo()
        self._client, self._wire, self._clock, self._hook = client, wire, clock, hook
        self._lists = Lists(wire, clock, cache, account)
        self._uploads = Uploads(wire, clock, host, echo, Lent(clock, in_use), alone=alone)
        self._finder = Finder(wire, clock, echo, settle)
        self._looker = Looker(wire, echo)
        outside = elevenlabs(elevenlabs_key) if elevenlabs_key else {}
        self._submitter = Submitter(wire, v4_path.strip("/"), outside)

    def check(self, request: Request) -> None:
        """Refuse what D-ID cannot make; no outside call."""
        prepare.check(request, hosts=self._uploads.hosts)

    def needs(self, request: Request) -> Mapping[str, Limits]:
        """What each file must be."""
        return prepare.needs(request, hosts=self._uploads.hosts)

    def outlook(self, request: Request) -> Outlook:
        """D-ID makes a request as it stands."""
        return Outlook()

    async def recognise(self, request: Request) -> None:
        """Refuse whom D-ID does not know."""
        await prepare.recognise(request, self._lists)

    async def prepare(self, job: Job, files: Mapping[str, Fitted]) -> dict[str, str]:
        """Send the files and find everyone named."""
        try:
            return await prepare.prepare(job, files, self._uploads, self._lists)
        except Refused:
            await self._uploads.abandon(job)
            raise
        finally:
            self._uploads.prepared(job)

    async def submit(self, job: Job) -> Accepted:
        """The one paid call."""
        return await self._submitter.submit(job, self._hook(job))

    async def find(self, job: Job) -> str | None:
        """The ticket of a submission whose answer was lost."""
        return await self._finder.find(job, paths(job, self._submitter.v4))

    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Sight]:
        """How jobs stand."""
        return await self._looker.look(jobs)

    async def fetch(self, job: Job, video: Path, captions: Path) -> bool:
        """Stream the video and its captions to disk."""
        return await fetch(self._client, self._looker, job, video, captions)

    async def delete(self, job: Job) -> None:
        """Delete D-ID's copy; what is not there is deleted."""
        where, ident = parts(job.ticket or "")
        if not ident:
            return
        reply = await self._wire.delete(where, ident, allow=(200, 204, 404, 409))
        if reply.status == 409:
            raise TryAgain(BUSY, 10.0)

    async def unload(self, job: Job) -> None:
        """Delete the pictures and sounds that were sent for a job, those that no unfinished job needs."""
        for key, where in job.uploads.items():
            if name := key.removesuffix(prepare.KEPT) if key.endswith(prepare.KEPT) else "":
                await self._uploads.drop(job, job.uploads[name], where)

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        """Voices, presenters, drivers, languages; `sentiments:<presenter>` and `drivers:<presenter>` are one's own."""
        kind, _, whose = what.partition(":")
        if kind == "voices":
            return voices.choices(await self._lists.voices(), typed, limit)
        if kind == "presenters":
            models = [whose] if whose in MODELS else list(MODELS)
            rows = [row for model in models for row in await self._lists.presenters(model)]
            return presenters.choices(rows, typed, limit)
        if kind in ("sentiments", "drivers") and whose not in ("", "talk", "animation"):
            return await presenters.suggested(self._lists, kind, whose, typed, limit)
        return [Choice(word, word) for word in ranked(_words(kind, whose), typed, lambda word: (word,), limit)]

    async def credit(self) -> Credit:
        """What is left on the account, and when the next of it lapses."""
        reply = await self._wire.read("credits", allow=(404,))
        told = Credits.of(reply.data if reply.status != 404 else None)
        lapses = sorted(grant.expire_at for grant in told.credits if self._lapsing(grant))
        plan = next((grant.plan_group for grant in told.credits if grant.plan_group), "")
        details = {"plan": plan} if plan else {}
        return Credit(self.name, told.remaining or 0.0, told.total, lapses[0] if lapses else None, details)

    def _lapsing(self, grant: Grant) -> bool:
        now = datetime.fromtimestamp(self._clock.now(), UTC).isoformat()
        return bool(grant.remaining) and grant.expire_at[:19] > now[:19]


def _words(kind: str, whose: str) -> list[str]:
    """The lists that are the same for everyone."""
    if kind == "languages":
        return list(CODES)
    if kind == "drivers":
        moving = names(FAMILIES) if whose != "talk" else []
        return list(dict.fromkeys([*(names(TALKING) if whose != "animation" else []), *moving]))
    return []
