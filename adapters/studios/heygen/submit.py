"""The one paid call: made once, and again only when it is certain that nothing was taken."""

import structlog

from adapters.studios.heygen.api_versions import Dialects, kind, ticket
from adapters.studios.heygen.client import Wire
from adapters.studios.heygen.errors import DOUBT, TRANSLATION, Reply, judge, no_more
from adapters.studios.heygen.responses import Seen
from adapters.studios.heygen.uploads import Uploads
from adapters.studios.heygen.video_spec import film
from adapters.studios.responses import as_dict, as_texts
from bot.errors import Locked, Refused, Unsure
from bot.jobs.job import Job
from bot.requests.kinds import Request, Template, Translation
from bot.studios.studio import Accepted

log = structlog.get_logger(__name__)


class Submitter:
    """Submits the jobs of one account."""

    def __init__(self, wire: Wire, dialects: Dialects, uploads: Uploads) -> None:
        self._wire, self._dialects, self._uploads = wire, dialects, uploads

    async def submit(self, job: Job, hook: str | None) -> Accepted:
        """Submit in the dialect the job was prepared for, or in the other where that is gone and this will do."""
        dialect = job.uploads.get("dialect", "v3")
        reply, notes = await self._post(job, dialect, hook)
        if not reply.fine and (reply.unserved or (reply.newer and dialect == "v2")):
            dialect, reply, notes = await self._otherwise(job, dialect, hook, reply)
        if not reply.fine:
            await self._refused(job, reply)
        return Accepted(ticket(dialect, job.request, _ident(reply, job.request)), notes)

    async def _post(self, job: Job, dialect: str, hook: str | None) -> tuple[Reply, tuple[str, ...]]:
        reply = await self._pay(job, dialect, hook)
        if not reply.fine and reply.longest and _splits(job, dialect):
            # A refusal in HeyGen's own words is certain, so sending it in smaller pieces is no repetition on doubt.
            log.info("scenes were too long for this account", most=reply.longest)
            self._dialects.most = min(self._dialects.most, reply.longest)
            reply = await self._pay(job, dialect, hook)
        cut = self._dialects.cut(job.request, dialect)
        return reply, cut.notes if cut else ()

    async def _pay(self, job: Job, dialect: str, hook: str | None) -> Reply:
        path, body = self._dialects.write(job, dialect, hook)
        reply = await self._wire.pay(path, body, once=job.marker if dialect == "v3" else "")
        known = reply.unserved or reply.newer or (reply.longest and _splits(job, dialect))
        if not reply.fine and not known:
            await self._refused(job, reply)
        return reply

    async def _otherwise(
        self, job: Job, dialect: str, hook: str | None, reply: Reply
    ) -> tuple[str, Reply, tuple[str, ...]]:
        """The other dialect, where this one is not served and the job does not hang on it."""
        if reply.unserved:
            self._dialects.gone(dialect)
        others = [each for each in self._dialects.served if each != dialect]
        if not others:
            raise Refused(no_more(dialect, job.request))
        if isinstance(job.request, Template):
            raise Refused(no_more(dialect, job.request))
        if kind(job.request) == "video" and any(shot.photo for shot in film(job.request).shots):
            # A photo is known by another id there; redo sends it anew.
            raise Refused(f"{no_more(dialect, job.request)} Redo goes by {others[0]}.")
        try:
            self._dialects.write(job, others[0], hook)
        except Refused as refusal:
            raise Refused(f"{no_more(dialect, job.request)} {refusal.sentence}", refusal.option) from refusal
        again, notes = await self._post(job, others[0], hook)
        return others[0], again, (*notes, f"Made by HeyGen's {others[0]}: {dialect} is not served for this.")

    async def _refused(self, job: Job, reply: Reply) -> None:
        if isinstance(job.request, Translation) and reply.status == 403:
            raise Locked(TRANSLATION, "translation")
        if (reply.status < 500 and "asset" in reply.message) or reply.code == "400174":
            await self._uploads.forget(set(job.uploads.values()))
        judge(reply, pays=True)


def _splits(job: Job, dialect: str) -> bool:
    """Whether long words can be spread over several scenes."""
    return dialect == "v2" and not isinstance(job.request, Translation | Template)


def _ident(reply: Reply, request: Request) -> str:
    body = as_dict(reply.body)
    if isinstance(request, Translation):
        several = as_texts(body.get("video_translation_ids")) or as_texts(body.get("video_translate_ids"))
        ident = several[0] if several else Seen.of(body).id
    else:
        ident = Seen.of(body).id
    if not ident:
        raise Unsure(DOUBT)
    return ident
