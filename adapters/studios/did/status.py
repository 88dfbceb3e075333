"""How jobs stand: one call for a page of a hundred where that is fewer than one call each."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from adapters.studios.clock_skew import since
from adapters.studios.did.client import Wire
from adapters.studios.did.endpoints import parts
from adapters.studios.did.errors import BROKEN, FAILED, REJECTED, lost
from adapters.studios.did.marker_support import Echo
from adapters.studios.did.responses import Page, Seen, page
from bot.errors import TryAgain
from bot.jobs.job import Job
from bot.studios.studio import Lost, Made, Sight, Waiting

FEW = 4
PAGES = 10  # and as many more as the jobs themselves may fill, with others between them
REST = 20  # jobs no page showed are asked for one by one, so many at a time; the others next time

UNDERWAY = frozenset({"created", "started", "validating", "ready", "draft", "training-started", "partial-done"})
GONE = "D-ID no longer has this job, so there will be no video of it."

log = structlog.get_logger(__name__)


class Looker:
    """Looks at the jobs of one account."""

    def __init__(self, wire: Wire, echo: Echo) -> None:
        self._wire, self._echo = wire, echo
        self._strange: set[str] = set()

    async def look(self, jobs: Sequence[Job]) -> dict[str, Sight]:
        """How jobs stand, by job id."""
        kinds: dict[str, dict[str, Job]] = {}
        for job in jobs:
            where, ident = parts(job.ticket or "")
            if ident:
                kinds.setdefault(where, {})[ident] = job
        sights: dict[str, Sight] = {}
        for where, waiting in kinds.items():
            sights |= await self._kind(where, waiting)
        return sights

    async def one(self, job: Job) -> Sight:
        """How one job stands, asked for by itself."""
        where, ident = parts(job.ticket or "")
        return await self._get(where, ident, job)

    async def _kind(self, where: str, waiting: Mapping[str, Job]) -> dict[str, Sight]:
        if len(waiting) <= FEW:
            return await self._each(where, waiting)
        shown = await self._list(where, waiting)
        sights: dict[str, Sight] = {}
        rest: dict[str, Job] = {}
        for ident, job in waiting.items():
            sight = self._sight(where, shown[ident], job) if ident in shown else None
            if sight is None:
                rest[ident] = job
            else:
                sights[job.id] = sight
        return sights | await self._each(where, dict(list(rest.items())[:REST]))

    async def _each(self, where: str, waiting: Mapping[str, Job]) -> dict[str, Sight]:
        """One call each; a call that fails leaves its job as it was, unless all fail."""
        found: dict[str, Sight] = {}
        trouble: list[TryAgain] = []

        async def one(ident: str, job: Job) -> None:
            try:
                found[job.id] = await self._get(where, ident, job)
            except TryAgain as error:
                trouble.append(error)

        # Other troubles concern the account and not one job; the first of them is told bare.
        try:
            async with asyncio.TaskGroup() as group:
                for ident, job in waiting.items():
                    group.create_task(one(ident, job))
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        if trouble and not found:
            raise trouble[0]
        return found

    async def _get(self, where: str, ident: str, job: Job) -> Sight:
        reply = await self._wire.read(where, ident, allow=(404,))
        if reply.status == 404 and not reply.stated:  # a page of something in between; the job is paid for
            raise TryAgain(BROKEN)
        if reply.status == 404:
            return Lost(GONE)
        return self._sight(where, Seen.of(reply.data), job) or Waiting("done")

    async def _list(self, where: str, waiting: Mapping[str, Job]) -> dict[str, Seen]:
        """Pages, newest first, until all are seen or everything older was submitted before the oldest of them."""
        shown: dict[str, Seen] = {}
        query = {"limit": "100"}
        for _ in range(PAGES + len(waiting) // 25):
            reply = await self._wire.read(where, query=query)
            told = page(reply.data, where)
            floor = min(since(job, self._wire.now, reply.there) for job in waiting.values())
            seen = [Seen.of(row) for row in told.rows]
            shown |= {each.id: each for each in seen if each.id in waiting}
            if len(shown) == len(waiting) or _over(told, seen, floor):
                break
            query = {"limit": "100", "token": told.token}
        return shown

    def _sight(self, where: str, shown: Seen, job: Job) -> Sight | None:
        """What an object says of a job; None when it is done and does not say where."""
        self._echo.learn(where, shown, job.marker)
        match shown.status:
            case "done":
                return Made(shown.result_url, shown.subtitles_url or None, shown.duration) if shown.result_url else None
            case "error":
                return Lost(lost(shown.error.kind, shown.error.description) if shown.error else f"{FAILED}.")
            case "rejected":
                return Lost(_rejected(shown))
            case word:
                self._wonder(where, word)
                return Waiting(word)

    def _wonder(self, where: str, word: str) -> None:
        if word not in UNDERWAY and word not in self._strange and len(self._strange) < 100:
            self._strange.add(word)
            log.warning("D-ID says something new of a job; it is waited for", kind=where, status=word[:40])


def _over(told: Page, seen: Sequence[Seen], floor: float) -> bool:
    times = [each.created_at for each in seen if each.created_at is not None]
    return not told.token or bool(times and min(times) < floor)


def _rejected(shown: Seen) -> str:
    if shown.error and shown.error.kind:
        sentence = lost(shown.error.kind, "")
        return sentence if not sentence.startswith(FAILED) else REJECTED
    return REJECTED
