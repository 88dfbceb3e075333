"""A workspace that does not want us any more: nothing more is made for it, and what we keep of it goes."""

from typing import Any

import structlog

from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import KEY_VALUE_SPACE, SlackContext
from bot.chats.inbox import InboxEvent
from bot.chats.installations import Installation
from bot.errors import Refused, TryAgain, Unsure
from bot.jobs.asker import Asker
from bot.jobs.job import Job, JobFilter
from bot.notices.subscriptions import TOPICS
from bot.policy.channel_settings import CHANNEL_SETTINGS_SPACE
from bot.policy.user_defaults import USER_DEFAULTS_SPACE
from bot.worker.deletion import delete_files

log = structlog.get_logger(__name__)

MAX_UNINSTALL_JOBS = 10_000
MAX_FORGET_TRIES = 10  # tries in which a job that was just being sent or posted comes to its end


class SlackUninstaller:
    """Says goodbye to workspaces."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context

    async def handle_uninstalled(self, installation: Installation, event: dict[str, Any]) -> None:
        """Stop at once; what was kept is forgotten from the inbox, however long that takes."""
        if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return
        workspace, now = installation.workspace, self._context.core.clock.now()
        await self._cancel_jobs(workspace)
        for topic in TOPICS:
            for each in await self._context.core.subscriptions.list_active(topic, PLATFORM, workspace):
                await self._context.core.subscriptions.unsubscribe(each.place, ())
        await self._context.enqueue_event(
            f"forget:{workspace}:{now}", {"kind": "forget", "workspace": workspace, "before": now}
        )
        await self._context.workspaces.delete_installation(workspace)
        log.info("uninstalled", workspace=workspace)

    async def forget_workspace(self, inbox_event: InboxEvent) -> None:
        """Let go of everything that was asked there before it left: videos, files, words."""
        workspace, before = str(inbox_event.body["workspace"]), float(inbox_event.body["before"])
        query = JobFilter(platform=PLATFORM, workspace=workspace, limit=MAX_UNINSTALL_JOBS)
        jobs = [job for job in await self._context.core.jobs.list_jobs(query) if job.asked_at <= before]
        await self._cancel_jobs(workspace, before)
        deleted = [await self._delete_job(job) for job in jobs]
        if not all(deleted) and (inbox_event.attempts < MAX_FORGET_TRIES or await self._still_deleting(jobs)):
            raise TryAgain("A job is still on its way, or still being deleted.", 30.0)
        await self._context.core.jobs.delete_workspace(PLATFORM, workspace, before)
        for kind in ("home", "met", "hello", "draft"):
            await self._context.core.key_value.delete_prefix(KEY_VALUE_SPACE, f"{kind}:{workspace}/")
        for space in (USER_DEFAULTS_SPACE, CHANNEL_SETTINGS_SPACE):
            await self._context.core.key_value.delete_prefix(space, f"{PLATFORM}/{workspace}/")
        log.info("forgotten", workspace=workspace, jobs=len(jobs))

    async def _still_deleting(self, jobs: list[Job]) -> bool:
        """Whether the engine still has to delete some of them, for which it needs what is known of them."""
        fresh = [await self._context.core.jobs.get(job.id) for job in jobs]
        return any(job.deleting for job in fresh if job)

    async def _cancel_jobs(self, workspace: str, before: float | None = None) -> None:
        moderator = Asker(platform=PLATFORM, workspace=workspace, user="", moderator=True)
        unfinished = JobFilter(platform=PLATFORM, workspace=workspace, ended=False, limit=MAX_UNINSTALL_JOBS)
        for job in await self._context.core.jobs.list_jobs(unfinished):
            if before is not None and job.asked_at > before:
                continue
            try:
                await self._context.core.desk.cancel_job(moderator.model_copy(update={"user": job.asker.user}), job.id)
            except (Refused, Unsure) as trouble:
                log.info("not stopped", job=job.id, why=trouble.sentence)

    async def _delete_job(self, job: Job) -> bool:
        """Let go of a job's files; whether the studio has let go too."""
        deleted = job.deleted
        if job.ended and not deleted:
            try:
                answer = await self._context.core.desk.delete_job(job.asker, job.id)
                deleted = answer.jobs[0].deleted
            except Refused as refusal:  # somebody else was first
                log.info("not deleted", job=job.id, why=refusal.sentence)
        if not deleted:
            await delete_files(self._context.core.shelf, job)
        await self._context.delete_value(f"card:{job.id}")
        await self._context.delete_value(f"file:{job.id}")
        return deleted
