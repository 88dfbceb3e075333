"""Looking for a submission whose answer was lost.

v3 shows titles, and every title ends with the job's marker; what is absent there may be sent again, since it carries an
`Idempotency-Key` of the job's own, under which HeyGen answers a repetition with the first video for a day. v2 has no
such key and its list shows no mark, so each video that is new enough is asked for its `callback_id`.
"""

from collections.abc import Awaitable, Callable, Sequence

from adapters.studios.clock_skew import lasted, since
from adapters.studios.heygen.api_versions import kind, ticket
from adapters.studios.heygen.client import Wire
from adapters.studios.heygen.errors import BROKEN, DOUBT, Reply, judge
from adapters.studios.heygen.responses import Seen, rows
from adapters.studios.heygen.webhooks import Delivery
from adapters.studios.responses import as_dict, as_text
from bot.errors import Trouble, TryAgain, Unsure
from bot.jobs.job import Job
from bot.runtime.clock import Clock
from bot.studios.studio import SETTLE

KEPT = 23 * 3600.0  # HeyGen remembers an Idempotency-Key for a day
ASKED = 100  # how many videos of that time are asked one by one
PAGES = 5
GONE = (404, 405, 410)


Deliveries = Callable[[], Awaitable[Sequence[Delivery]]]


class Finder:
    """Finds submissions of one account."""

    def __init__(self, wire: Wire, clock: Clock, deliveries: Deliveries, settle: float = SETTLE) -> None:
        self._wire, self._clock, self._deliveries, self._settle = wire, clock, deliveries, settle

    async def find(self, job: Job) -> str | None:
        """The ticket; None when it certainly is nowhere, or may safely be sent again; else Unsure."""
        dialect = job.uploads.get("dialect", "v3")
        found = await (self._third(job) if dialect == "v3" else self._second(job))
        if found:
            return ticket(dialect, job.request, found)
        # Where v2 turned out to be gone, v3 was asked instead and may have taken the job.
        if dialect == "v2" and (found := await self._third(job)):
            return ticket("v3", job.request, found)
        if lasted(job, self._clock.now()) < self._settle:
            raise Unsure(DOUBT)
        if dialect == "v3" and self._clock.now() - (job.submitted_at or job.asked_at) > KEPT:
            raise Unsure(DOUBT)
        return None

    async def _third(self, job: Job) -> str | None:
        """By title; a server that does not search sends its newest, which serves as well."""
        path = "v3/videos" if kind(job.request) == "video" else "v3/video-translations"
        query = {"title": job.marker, "limit": "100"}
        for _ in range(PAGES):
            reply = await self._wire.read(path, query)
            if reply.unserved and reply.data is None:
                raise TryAgain(BROKEN)
            if reply.unserved:
                return None
            judge(reply, pays=False)
            shown = [Seen.of(row) for row in rows(reply.body, "videos", "video_translations")]
            ours = (each.id for each in shown if job.marker in each.title or each.callback_id == job.marker)
            found = next(ours, None)
            token = as_text(as_dict(reply.data).get("next_token"))
            if found or not token:
                return found
            query |= {"token": token}
        return None

    async def _second(self, job: Job) -> str | None:
        candidates = await self._newer(job)
        if len(candidates) > ASKED:
            return await self._told(job)
        silent = False
        for ident in candidates:
            shown = await self._shown(job, ident)
            if shown is None:
                continue
            if shown.callback_id == job.marker:
                return ident
            silent = silent or not shown.marked
        return await self._told(job) if silent else None

    async def _told(self, job: Job) -> str:
        """What was delivered to registered endpoints names the job, too; where it does not, the doubt remains."""
        try:
            known = await self._deliveries()
        except Trouble as trouble:
            raise Unsure(DOUBT) from trouble
        for each in known:
            if each.ident and each.job == job.marker.removeprefix("dt-"):
                return each.ident
        raise Unsure(DOUBT)

    async def _newer(self, job: Job) -> Sequence[str]:
        """The ids of what was made since shortly before the submission."""
        wanted = "TRANSLATED" if kind(job.request) == "translation" else "GENERATED"
        found: list[str] = []
        query = {"limit": "100"}
        for _ in range(PAGES):
            reply = await self._wire.read("v1/video.list", query)
            if reply.unserved and reply.data is None:  # a page of something in between proves nothing
                raise TryAgain(BROKEN)
            if reply.unserved:
                # Whoever does not serve the list does not serve what fills it.
                return found
            judge(reply, pays=False)
            floor = since(job, self._clock.now(), reply.there)
            listed = [Seen.of(row) for row in rows(reply.body, "videos")]
            found += [each.id for each in listed if _fits(each, floor, wanted)]
            token = as_text(as_dict(reply.body).get("token"))
            times = [each.created_at for each in listed if each.created_at is not None]
            if not token or (times and min(times) < floor):
                return found
            query = {"limit": "100", "token": token}
        raise Unsure(DOUBT)

    async def _shown(self, job: Job, ident: str) -> Seen | None:
        reply = await status(self._wire, "v2", kind(job.request), ident)
        if reply.status == 404 and reply.data is None:
            raise TryAgain(BROKEN)
        if reply.status == 404:
            return None
        judge(reply, pays=False)
        return Seen.of(reply.body)


def _fits(each: Seen, floor: float, wanted: str) -> bool:
    recent = each.created_at is None or each.created_at >= floor
    return bool(each.id) and recent and each.type in ("", wanted)


async def status(wire: Wire, dialect: str, what: str, ident: str) -> Reply:
    """How one thing stands, in the words of its dialect; an id is good in the other too, should the first be gone."""
    reply = await _status(wire, dialect, what, ident)
    if reply.status not in GONE and not reply.unserved:
        return reply
    other = await _status(wire, "v2" if dialect == "v3" else "v3", what, ident)
    return other if other.fine else reply


async def _status(wire: Wire, dialect: str, what: str, ident: str) -> Reply:
    if what == "translation":
        path = "v3/video-translations/{}" if dialect == "v3" else "v2/video_translate/{}"
        return await wire.read(path, ident=ident)
    if dialect == "v3":
        return await wire.read("v3/videos/{}", ident=ident)
    return await wire.read("v1/video_status.get", {"video_id": ident})
