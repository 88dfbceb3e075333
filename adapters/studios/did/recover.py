"""Looking for a submission whose answer was lost, by the marks it carries.

Being wrong either way costs: a render bought twice, or someone else's video delivered. So a submission is found only by
a mark of its own, and is absent only when everything that might be it shows that it is something else.
"""

import re
from enum import Enum, auto

from adapters.studios.clock_skew import lasted, since
from adapters.studios.did.client import Wire
from adapters.studios.did.endpoints import GENERATORS, Generator
from adapters.studios.did.errors import BROKEN, DOUBT, SILENT, judge
from adapters.studios.did.marker_support import Echo
from adapters.studios.did.responses import Page, Seen, page
from bot.errors import TryAgain, Unsure
from bot.jobs.job import Job
from bot.runtime.clock import Clock
from bot.studios.studio import SETTLE

PAGES = 50
ASKED = 20  # how many that a list says nothing of are asked for one by one

_MARKER = re.compile(r"dt-[0-9a-z]{20}")


class Verdict(Enum):
    """Whose an object is, as far as it shows."""

    OURS = auto()
    LIKELY = auto()  # our picture, but a picture may be shared
    OTHER = auto()
    SILENT = auto()


class Finder:
    """Finds submissions of one account."""

    def __init__(self, wire: Wire, clock: Clock, echo: Echo, settle: float = SETTLE) -> None:
        self._wire, self._clock, self._echo, self._settle = wire, clock, echo, settle

    async def find(self, job: Job, paths: tuple[str, ...]) -> str | None:
        """The ticket; None when it certainly is nowhere; Unsure when that cannot be told."""
        served = 0
        for where in paths:
            search = _Search(job, GENERATORS[where])
            if await self._search(search):
                served += 1
            if found := await self._found(search):
                return f"{where}/{found}"
        if not served:
            raise TryAgain(SILENT)
        if lasted(job, self._clock.now()) < self._settle:
            raise Unsure(DOUBT)
        return None

    async def _search(self, search: "_Search") -> bool:
        """Read the list back to before the submission; whether there is such a list at all."""
        query = {"limit": "100"}
        for _ in range(PAGES):
            reply = await self._wire.read(search.where, query=query, allow=(403, 404, 405))
            if reply.unknown_path and reply.stated:
                return False
            if reply.unknown_path:  # a page of something in between proves nothing
                raise TryAgain(BROKEN)
            judge(reply, pays=False)
            told = page(reply.data, search.where)
            if search.take(told, since(search.job, self._clock.now(), reply.there)):
                return True
            query = {"limit": "100", "token": told.token}
        raise Unsure(DOUBT)

    async def _found(self, search: "_Search") -> str | None:
        """The id, after asking one by one for those the list told too little of."""
        if search.ours:
            return search.ours
        for ident in search.unclear[:ASKED]:
            reply = await self._wire.read(search.where, ident, allow=(404,))
            if reply.status == 404 and not reply.stated:
                raise TryAgain(BROKEN)
            shown = Seen.of(reply.data)
            self._echo.learn(search.where, shown, search.marker)
            if search.verdict(shown) in (Verdict.OURS, Verdict.LIKELY):
                return ident
            if search.verdict(shown) is Verdict.SILENT and reply.status != 404:
                search.silent = True
        if search.silent or len(search.unclear) > ASKED:
            raise Unsure(DOUBT)
        return None


class _Search:
    """One list being read for one job."""

    def __init__(self, job: Job, generator: Generator) -> None:
        self.where, self.job, self.marker = generator.path, job, job.marker
        self._named = generator.named
        # Only a file that was sent under this job's own name tells anything.
        sent = (job.uploads.get("image", ""), job.uploads.get("video", ""))
        self._own_file = generator.pictured and any(job.marker in address for address in sent)
        self.ours: str | None = None
        self.unclear: list[str] = []
        self.silent = False

    def take(self, told: Page, floor: float) -> bool:
        """Judge a page; whether the search is over."""
        past = False
        for row in told.rows:
            shown = Seen.of(row)
            if shown.created_at is not None and shown.created_at < floor:
                past = True
                continue
            self._note(shown)
        return bool(self.ours) or past or not told.token

    def verdict(self, shown: Seen) -> Verdict:
        """Whose an object is."""
        if shown.user_data:
            return Verdict.OURS if shown.user_data == self.marker else Verdict.OTHER
        if self.marker in shown.name and self._named:
            return Verdict.OURS
        if self._named and shown.name:
            return Verdict.OTHER
        if any(self.marker in text for text in (shown.name, shown.source_url, shown.result_url, shown.driver_url)):
            return Verdict.LIKELY
        if self._own_file and (shown.source_url or _MARKER.search(shown.name)):
            return Verdict.OTHER
        return Verdict.SILENT

    def _note(self, shown: Seen) -> None:
        match self.verdict(shown):
            case Verdict.OURS:
                self.ours = self.ours or shown.id
            case Verdict.LIKELY | Verdict.SILENT if shown.id:
                self.unclear.append(shown.id)
            case Verdict.LIKELY | Verdict.SILENT:
                self.silent = True
            case Verdict.OTHER:
                pass
