"""A workspace that does not want us any more: nothing more is made for it, and what we keep of it goes."""

from typing import Any

import structlog

from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import NOTES, Inside
from bot.chats.inbox import Letter
from bot.chats.installations import Installation
from bot.errors import Refused, TryAgain, Unsure
from bot.jobs.asker import Asker
from bot.jobs.job import Job, Wanted
from bot.notices.subscriptions import TOPICS
from bot.policy.channel_settings import SPACE as HOUSES
from bot.policy.user_defaults import SPACE as TASTES
from bot.worker.deletion import drop_files

log = structlog.get_logger(__name__)

ALL = 10_000
WAITS = 10  # tries in which a job that was just being sent or posted comes to its end


class Leaving:
    """Says goodbye to workspaces."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside

    async def left(self, installation: Installation, event: dict[str, Any]) -> None:
        """Stop at once; what was kept is forgotten from the inbox, however long that takes."""
        if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return
        workspace, now = installation.workspace, self._in.door.clock.now()
        await self._stop(workspace)
        for topic in TOPICS:
            for each in await self._in.door.subscriptions.wanting(topic, PLATFORM, workspace):
                await self._in.door.subscriptions.drop(each.place, ())
        await self._in.post(f"forget:{workspace}:{now}", {"kind": "forget", "workspace": workspace, "before": now})
        await self._in.workspaces.drop(workspace)
        log.info("uninstalled", workspace=workspace)

    async def forget(self, letter: Letter) -> None:
        """Let go of everything that was asked there before it left: videos, files, words."""
        workspace, before = str(letter.body["workspace"]), float(letter.body["before"])
        theirs = Wanted(platform=PLATFORM, workspace=workspace, limit=ALL)
        jobs = [job for job in await self._in.door.jobs.pick(theirs) if job.asked_at <= before]
        await self._stop(workspace, before)
        gone = [await self._drop(job) for job in jobs]
        if not all(gone) and (letter.tries < WAITS or await self._deleting(jobs)):
            raise TryAgain("A job is still on its way, or still being deleted.", 30.0)
        await self._in.door.jobs.forget(PLATFORM, workspace, before)
        for kind in ("home", "met", "hello", "draft"):
            await self._in.door.notes.sweep(NOTES, f"{kind}:{workspace}/")
        for space in (TASTES, HOUSES):
            await self._in.door.notes.sweep(space, f"{PLATFORM}/{workspace}/")
        log.info("forgotten", workspace=workspace, jobs=len(jobs))

    async def _deleting(self, jobs: list[Job]) -> bool:
        """Whether the engine still has to delete some of them, for which it needs what is known of them."""
        fresh = [await self._in.door.jobs.get(job.id) for job in jobs]
        return any(job.deleting for job in fresh if job)

    async def _stop(self, workspace: str, before: float | None = None) -> None:
        ours = Asker(platform=PLATFORM, workspace=workspace, user="", moderator=True)
        unfinished = Wanted(platform=PLATFORM, workspace=workspace, ended=False, limit=ALL)
        for job in await self._in.door.jobs.pick(unfinished):
            if before is not None and job.asked_at > before:
                continue
            try:
                await self._in.door.desk.cancel(ours.model_copy(update={"user": job.asker.user}), job.id)
            except (Refused, Unsure) as trouble:
                log.info("not stopped", job=job.id, why=trouble.sentence)

    async def _drop(self, job: Job) -> bool:
        """Let go of a job's files; whether the studio has let go too."""
        gone = job.gone
        if job.ended and not gone:
            try:
                answer = await self._in.door.desk.delete(job.asker, job.id)
                gone = answer.jobs[0].gone
            except Refused as refusal:  # somebody else was first
                log.info("not deleted", job=job.id, why=refusal.sentence)
        if not gone:
            await drop_files(self._in.door.shelf, job)
        await self._in.drop(f"card:{job.id}")
        await self._in.drop(f"file:{job.id}")
        return gone
