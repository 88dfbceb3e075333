"""How jobs stand: a hundred in one call where HeyGen tells so many at once."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from adapters.studios.heygen.api_versions import tickets
from adapters.studios.heygen.client import Wire
from adapters.studios.heygen.errors import BROKEN, judge, lost
from adapters.studios.heygen.recover import status
from adapters.studios.heygen.responses import Seen, rows
from adapters.studios.responses import as_dict, as_text
from bot.errors import TryAgain
from bot.jobs.job import Job
from bot.requests.kinds import Storyboard
from bot.studios.studio import Lost, Made, Sight, Waiting

FEW = 4
TOGETHER = 100
PAGES = 20
REST = 20  # jobs that no list tells enough of are asked for one by one, so many at a time; the others next time

DONE = frozenset({"completed", "success"})
OVER = frozenset({"failed", "error"})
UNDERWAY = frozenset({"", "waiting", "pending", "processing", "running", "queued", "draft"})
UNKNOWN = "not_found"
GONE = "HeyGen no longer has this job, so there will be no video of it."

MUTE = "HeyGen no longer tells how jobs of this kind stand; it is asked again."

log = structlog.get_logger(__name__)


class Looker:
    """Looks at the jobs of one account."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._strange: set[str] = set()

    async def look(self, jobs: Sequence[Job]) -> dict[str, Sight]:
        """How jobs stand, by job id."""
        kinds: dict[tuple[str, str], dict[str, Job]] = {}
        for job in jobs:
            dialect, what, ident = tickets(job)
            if ident:
                kinds.setdefault((dialect, what), {})[ident] = job
        sights: dict[str, Sight] = {}
        for (dialect, what), waiting in kinds.items():
            sights |= await self._kind(dialect, what, waiting)
        return sights

    async def one(self, job: Job) -> Sight:
        """How one job stands, asked for by itself, with fresh links."""
        dialect, what, ident = tickets(job)
        reply = await status(self._wire, dialect, what, ident)
        if reply.page and reply.status < 500:  # a page of something in between; the job is paid for
            raise TryAgain(BROKEN)
        if reply.unserved and not reply.absent:
            # The job is paid for and made somewhere: an operation that is gone says nothing about it.
            raise TryAgain(MUTE, 300.0)
        if reply.absent:
            return Lost(GONE)
        judge(reply, pays=False)
        return self._sight(Seen.of(reply.body), job) or Waiting("completed")

    async def _kind(self, dialect: str, what: str, waiting: Mapping[str, Job]) -> dict[str, Sight]:
        if len(waiting) <= FEW or what != "video":
            return await self._each(list(waiting.values())[:REST])
        shown = await (self._statuses(list(waiting)) if dialect == "v3" else self._list(waiting))
        sights: dict[str, Sight] = {}
        rest: list[Job] = []
        for ident, job in waiting.items():
            sight = self._listed(shown[ident], job) if ident in shown else None
            if sight is None:
                rest.append(job)
            else:
                sights[job.id] = sight
        return sights | await self._each(rest[:REST])

    def _listed(self, shown: Seen, job: Job) -> Sight | None:
        """What a list tells; links and reasons may be missing there, and a reason is worth a call."""
        if shown.status in DONE and not shown.video:
            return Made("")  # the link is asked for when it is needed, and is fresh then
        if shown.status == UNKNOWN or (shown.status in OVER and not (shown.code or shown.message)):
            return None
        return self._sight(shown, job)

    async def _each(self, jobs: Sequence[Job]) -> dict[str, Sight]:
        """One call each; a call that fails leaves its job as it was, unless all fail."""
        found: dict[str, Sight] = {}
        trouble: list[TryAgain] = []

        async def one(job: Job) -> None:
            try:
                found[job.id] = await self.one(job)
            except TryAgain as error:
                trouble.append(error)

        try:
            async with asyncio.TaskGroup() as group:
                for job in jobs:
                    group.create_task(one(job))
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        if trouble and not found:
            raise trouble[0]
        return found

    async def _statuses(self, idents: Sequence[str]) -> dict[str, Seen]:
        """v3 tells a hundred at once."""
        shown: dict[str, Seen] = {}
        for start in range(0, len(idents), TOGETHER):
            query = {"video_ids": ",".join(idents[start : start + TOGETHER])}
            reply = await self._wire.read("v3/videos/statuses", query)
            if reply.unserved:
                return shown
            judge(reply, pays=False)
            shown |= {each.id: each for each in map(Seen.of, rows(reply.body, "videos", "statuses", "items"))}
        return shown

    async def _list(self, waiting: Mapping[str, Job]) -> dict[str, Seen]:
        """v1 tells pages, newest first, until all are seen."""
        shown: dict[str, Seen] = {}
        query = {"limit": "100"}
        for _ in range(PAGES):
            reply = await self._wire.read("v1/video.list", query)
            if reply.unserved:
                break
            judge(reply, pays=False)
            listed = [Seen.of(row) for row in rows(reply.body, "videos")]
            shown |= {each.id: each for each in listed if each.id in waiting}
            token = as_text(as_dict(reply.body).get("token"))
            if len(shown) == len(waiting) or not token:
                break
            query = {"limit": "100", "token": token}
        return shown

    def _sight(self, shown: Seen, job: Job) -> Sight | None:
        """What an object says of a job; None when it is done and does not say where."""
        if shown.video and (shown.status in DONE or shown.status in OVER):
            # Free accounts are told of a watermark as if it were an error: a link is a success all the same.
            wanted = isinstance(job.request, Storyboard) and job.request.plot.captions
            video = shown.captioned if wanted and shown.captioned else shown.video
            return Made(video, shown.captions or None, shown.duration)
        if shown.status in OVER:
            return Lost(lost(shown.code, shown.message))
        if shown.status in DONE:
            return None
        if shown.status not in UNDERWAY and shown.status not in self._strange and len(self._strange) < 100:
            self._strange.add(shown.status)
            log.warning("HeyGen says something new of a job; it is waited for", status=shown.status[:40])
        return Waiting(shown.status)
