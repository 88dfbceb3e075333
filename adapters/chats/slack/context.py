"""What every part of the Slack adapter shares while the chat is open."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakSet

import structlog

from adapters.chats.slack.api.client import JsonObject, SlackClient
from adapters.chats.slack.api.workspaces import PLATFORM, SlackWorkspaces
from bot.chats.inbox import Inbox
from bot.chats.installations import Installation
from bot.desk.chat_context import ChatContext
from bot.desk.desk import Desk
from bot.desk.gestures import Gestures
from bot.errors import Trouble
from bot.jobs.asker import Place
from bot.jobs.job import Job, Jobs
from bot.notices.subscriptions import Subscriptions

log = structlog.get_logger(__name__)

T = TypeVar("T")

KEY_VALUE_SPACE = "slack"
# Prefixes of keys in that space.
JOB_MESSAGE_PREFIX, DELIVERY_PREFIX, JOB_OF_FILE_PREFIX = "job_message:", "delivery:", "job_of_file:"
GREETED_USER_PREFIX, GREETED_CHANNEL_PREFIX, HOME_TAB_PREFIX = "greeted_user:", "greeted_channel:", "home_tab:"
TOKEN_RETRY_SECONDS = 20.0  # between two checks whether a rejected token works again
_PRIVATE_NAME_PREFIXES = ("privategroup", "mpdm-")  # what Slack sends instead of a private channel's name
_DIRECT_ID_PREFIXES = ("D", "U", "W")  # a DM, or the person


class StoppableTaskGroup(asyncio.TaskGroup):
    """A task group that can cancel all of its tasks."""

    def __init__(self) -> None:
        super().__init__()
        self._started_tasks: WeakSet[asyncio.Task[Any]] = WeakSet()

    def create_task(self, coro: Coroutine[Any, Any, T], **options: Any) -> asyncio.Task[T]:  # type: ignore[override]
        task = super().create_task(coro, **options)
        self._started_tasks.add(task)
        return task

    def run_in_background(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """Run work whose failure is logged and has no other effect."""
        task = self.create_task(_log_failures(work, name), name=f"slack {name}")
        task.add_done_callback(lambda _: work.close())  # a task cancelled before its start never awaits the work

    def cancel_all(self) -> None:
        for task in list(self._started_tasks):
            task.cancel()


@dataclass
class SlackContext:
    """The bot's services, the API client, the workspaces and the background tasks."""

    core: ChatContext
    api: SlackClient
    workspaces: SlackWorkspaces
    tasks: StoppableTaskGroup
    inbox_wakeup: asyncio.Event = field(default_factory=asyncio.Event)
    token_retry_at: float = 0.0  # a rejected token is not checked again before

    @property
    def desk(self) -> Desk:
        return self.core.desk

    @property
    def gestures(self) -> Gestures:
        return self.core.gestures

    @property
    def jobs(self) -> Jobs:
        return self.core.jobs

    @property
    def inbox(self) -> Inbox:
        return self.core.inbox

    @property
    def subscriptions(self) -> Subscriptions:
        return self.core.subscriptions

    def now(self) -> float:
        return self.core.clock.now()

    async def call(self, workspace: str, method: str, /, **params: Any) -> JsonObject:
        """Call a Web API method with a workspace's token."""
        return await self.api.call((await self.workspaces.require_installation(workspace)).token, method, **params)

    async def try_call(self, workspace: str, method: str, /, **params: Any) -> JsonObject | None:
        """A call whose failure is logged and has no other effect."""
        try:
            return await self.call(workspace, method, **params)
        except Trouble as trouble:
            log.info("call failed", method=method, why=trouble.sentence)
            return None

    def token_accepted(self, installation: Installation) -> bool:
        """Whether Slack accepted the token at its last use; a rejected one is checked again now and then."""
        if installation.token not in self.api.rejected_tokens:
            return True
        if self.now() > self.token_retry_at:
            self.token_retry_at = self.now() + TOKEN_RETRY_SECONDS
            self.run_in_background(self.api.call(installation.token, "auth.test"), "token check")
        return False

    async def enqueue_event(self, key: str, body: dict[str, Any]) -> bool:
        """Add an event to the inbox, once per key; it is handled at once, or after a restart."""
        new = await self.inbox.add(PLATFORM, key, body, self.now())
        self.inbox_wakeup.set()
        return new

    async def enqueue_job_event(self, kind: str, job: Job, line: str = "") -> None:
        """Add a follow-up of a job to the inbox, once per kind and job."""
        await self.enqueue_event(f"{kind}:{job.id}", {"kind": kind, "job": job.id, "line": line})

    def run_in_background(self, work: Coroutine[Any, Any, object], name: str) -> None:
        self.tasks.run_in_background(work, name)

    async def load_value(self, key: str) -> Any:
        return await self.core.key_value.get(KEY_VALUE_SPACE, key)

    async def save_value(self, key: str, value: Any) -> None:
        await self.core.key_value.put(KEY_VALUE_SPACE, key, value)

    async def delete_value(self, key: str) -> None:
        await self.core.key_value.delete(KEY_VALUE_SPACE, key)


def make_place(workspace: str, channel: str, name: str = "", thread: str = "", message: str = "") -> Place:
    """A place, with its privacy as far as the ids and the channel's name show it."""
    private = channel.startswith(_DIRECT_ID_PREFIXES)
    return Place(
        platform=PLATFORM,
        workspace=workspace,
        channel=channel,
        thread=thread,
        message=message,
        private=private,
        invite_only=not private and (channel.startswith("G") or name.startswith(_PRIVATE_NAME_PREFIXES)),
    )


async def _log_failures(work: Coroutine[Any, Any, object], name: str) -> None:
    try:
        await work
    except Trouble as trouble:
        log.info("background task failed", task=name, why=trouble.sentence)
    except Exception:  # an edge: one failed Home tab must not stop the whole chat
        log.exception("background task failed", task=name)
