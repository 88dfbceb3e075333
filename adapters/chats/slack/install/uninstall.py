"""Uninstallation: cancels a workspace's jobs and deletes its data."""

from typing import Any

import structlog

from adapters.chats.slack.context import (
    DELIVERY_PREFIX,
    GREETED_CHANNEL_PREFIX,
    GREETED_USER_PREFIX,
    HOME_TAB_PREFIX,
    JOB_MESSAGE_PREFIX,
    KEY_VALUE_SPACE,
    PLATFORM,
    SlackContext,
)
from bot.chats.form_drafts import FormDrafts
from bot.chats.inbox import InboxEvent
from bot.chats.installations import Installation
from bot.errors import Refused, TryAgain, Unsure
from bot.jobs.job import Asker, Job, JobFilter
from bot.notices.subscriptions import TOPICS
from bot.policy.access import CHANNEL_SETTINGS_SPACE
from bot.policy.user_defaults import USER_DEFAULTS_SPACE
from bot.worker.deletion import delete_files

log = structlog.get_logger(__name__)

MAX_UNINSTALL_JOBS = 10_000
MAX_FORGET_TRIES = 10  # enough for a job that is being sent or posted to end


class SlackUninstaller:
    def __init__(self, context: SlackContext) -> None:
        self._context = context

    async def handle_uninstalled(self, installation: Installation, event: dict[str, Any]) -> None:
        """Cancel everything at once, and queue the deletion of the data."""
        if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return
        workspace, now = installation.workspace, self._context.now()
        await self._cancel_jobs(workspace)
        for topic in TOPICS:
            for each in await self._context.subscriptions.list_active(topic, PLATFORM, workspace):
                await self._context.subscriptions.unsubscribe(each.place, ())
        await self._context.enqueue_event(
            f"forget_workspace:{workspace}:{now}", {"kind": "forget_workspace", "workspace": workspace, "before": now}
        )
        await self._context.workspaces.delete_installation(workspace)
        log.info("uninstalled", workspace=workspace)

    async def forget_workspace(self, inbox_event: InboxEvent) -> None:
        """Delete everything requested there before it left."""
        workspace, before = str(inbox_event.body["workspace"]), float(inbox_event.body["before"])
        query = JobFilter(platform=PLATFORM, workspace=workspace, limit=MAX_UNINSTALL_JOBS)
        jobs = [job for job in await self._context.jobs.list_jobs(query) if job.asked_at <= before]
        await self._cancel_jobs(workspace, before)
        deleted = [await self._delete_job(job) for job in jobs]
        if not all(deleted) and (inbox_event.tries < MAX_FORGET_TRIES or await self._still_deleting(jobs)):
            raise TryAgain("A job is still running or being deleted.", 30.0)
        await self._context.jobs.delete_workspace(PLATFORM, workspace, before)
        for prefix in (HOME_TAB_PREFIX, GREETED_USER_PREFIX, GREETED_CHANNEL_PREFIX):
            await self._context.core.key_value.delete_prefix(KEY_VALUE_SPACE, f"{prefix}{workspace}/")
        await FormDrafts(self._context.core.key_value, PLATFORM).delete_workspace(workspace)
        for space in (USER_DEFAULTS_SPACE, CHANNEL_SETTINGS_SPACE):
            await self._context.core.key_value.delete_prefix(space, f"{PLATFORM}/{workspace}/")
        log.info("workspace data deleted", workspace=workspace, jobs=len(jobs))

    async def _still_deleting(self, jobs: list[Job]) -> bool:
        """Whether the engine still deletes some of them, for which it needs the records."""
        fresh = [await self._context.jobs.get(job.id) for job in jobs]
        return any(job.deleting for job in fresh if job)

    async def _cancel_jobs(self, workspace: str, before: float | None = None) -> None:
        moderator = Asker(platform=PLATFORM, workspace=workspace, user="", moderator=True)
        unfinished = JobFilter(platform=PLATFORM, workspace=workspace, ended=False, limit=MAX_UNINSTALL_JOBS)
        for job in await self._context.jobs.list_jobs(unfinished):
            if before is not None and job.asked_at > before:
                continue
            try:
                await self._context.desk.press_button(
                    moderator.model_copy(update={"user": job.asker.user}), job.place, "cancel", job.id
                )
            except (Refused, Unsure) as trouble:
                log.info("job not cancelled", job=job.id, why=trouble.sentence)

    async def _delete_job(self, job: Job) -> bool:
        """Delete a job's files; True if the provider has deleted its copy too."""
        deleted = job.deleted
        if job.ended and not deleted:
            try:
                answer = await self._context.desk.press_button(job.asker, job.place, "confirm_delete", job.id)
                deleted = answer.jobs[0].deleted
            except Refused as refusal:  # already being deleted
                log.info("job not deleted", job=job.id, why=refusal.sentence)
        if not deleted:
            await delete_files(self._context.core.shelf, job)
        await self._context.delete_value(f"{JOB_MESSAGE_PREFIX}{job.id}")
        await self._context.delete_value(f"{DELIVERY_PREFIX}{job.id}")
        return deleted
