"""The one paid call: made once, and again only when it is certain that nothing was taken."""

import json
from typing import Any

import structlog

from adapters.studios.did.client import Wire
from adapters.studios.did.endpoints import paths
from adapters.studios.did.errors import BROKEN, DOUBT, Reply, feature, judge
from adapters.studios.did.pass_through import remove
from adapters.studios.did.payload import Draft, strangers, write
from adapters.studios.did.responses import Seen
from bot.errors import TryAgain, Unsure
from bot.jobs.job import Job
from bot.studios.studio import Accepted

# What a plan may lack and a video can be made without.
SPARED = {
    "stitch": ("config.stitch", "config.max_animated_faces"),
    "subtitles": ("script.subtitles",),
    "logo": ("config.logo",),
    "persist": ("persist",),
}

BELIEVED = 3  # web pages in a row that say "not found"; fewer are an accident of something in between

log = structlog.get_logger(__name__)


class Submitter:
    """Submits the jobs of one account."""

    def __init__(self, wire: Wire, v4: str, headers: dict[str, str]) -> None:
        self._wire, self._headers = wire, headers
        self._pages = 0
        self.v4 = v4  # auto, until an account turns out to have only the older V4

    async def submit(self, job: Job, hook: str | None) -> Accepted:
        """Submit, on the older V4 path when there is no newer one."""
        draft = Draft.of(job, hook)
        where, *older = paths(job, self.v4)
        reply, notes = await self._post(draft, where)
        self._pages = self._pages + 1 if reply.unknown_path and reply.page else 0
        if 0 < self._pages < BELIEVED:
            raise TryAgain(BROKEN)
        if reply.unknown_path and older:
            where = older[0]
            reply, notes = await self._post(draft, where)
        judge(reply, pays=True)
        if where in older:
            self.v4 = where
        return Accepted(f"{where}/{_ident(reply, where)}", tuple(notes))

    async def _post(self, draft: Draft, where: str) -> tuple[Reply, list[str]]:
        """Post the body, and again without what the plan does not include."""
        body = write(draft, where)
        notes = _left_out(draft, where)
        headers = self._headers if _speaks_elevenlabs(body) else {}
        for _ in range(len(SPARED) + 1):
            reply = await self._wire.pay(where, body, headers, allow=(403, 404, 405))
            if reply.status != 403 or reply.unknown_path:
                break
            name = feature(reply)
            # A refusal that names a feature is D-ID's own and certain, so this is no repetition on doubt.
            if not _spare(body, name):
                break
            log.info("the plan lacks a feature, going on without it", feature=name, kind=where)
            notes.append(f"Made without {name}: the D-ID plan does not include it.")
        return reply, notes


def _spare(body: dict[str, Any], name: str | None) -> bool:
    """Take a feature out of the body; whether it was in it."""
    taken = [remove(body, path) for path in SPARED.get(name or "", ())]
    return any(taken)


def _left_out(draft: Draft, where: str) -> list[str]:
    """The older V4 has fewer fields, which shows only when the newer one turns out to be missing."""
    if where != "videos":
        return []
    words = " and ".join(each.word for each in strangers(draft.request, where))
    return [f"Made without {words}: the V4 of this D-ID account does not take it."] if words else []


def _speaks_elevenlabs(body: dict[str, Any]) -> bool:
    """The other account's key goes only where it is needed."""
    return '"elevenlabs"' in json.dumps(body.get("script", {}).get("provider", {}))


def _ident(reply: Reply, where: str) -> str:
    data = reply.data
    if where == "translations" and isinstance(data, dict):
        made = data.get("translations")
        data = made[0] if isinstance(made, list) and made else {}
    ident = Seen.of(data).id
    if not ident:
        raise Unsure(DOUBT)
    return ident
