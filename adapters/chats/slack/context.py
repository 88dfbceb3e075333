"""What every part of Slack works with once the chat is open."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from adapters.chats.slack.api.client import JsonObject, SlackClient
from adapters.chats.slack.api.workspaces import PLATFORM, SlackWorkspaces
from bot.chats.installations import Installation
from bot.desk.chat_context import ChatContext
from bot.errors import Trouble

log = structlog.get_logger(__name__)

KEY_VALUE_SPACE = "slack"
TOKEN_RETRY_SECONDS = 20.0  # seconds between two questions whether a refused token is good again


@dataclass
class SlackContext:
    """The door, the wire, who we are where, and an owner for what may happen a little later."""

    core: ChatContext
    api: SlackClient
    workspaces: SlackWorkspaces
    tasks: asyncio.TaskGroup
    inbox_wakeup: asyncio.Event = field(default_factory=asyncio.Event)
    token_retry_at: float = 0.0  # until then a refused token is not tried again

    async def call(self, workspace: str, method: str, /, **params: Any) -> JsonObject:
        """One call of the Web API in a workspace."""
        return await self.api.call((await self.workspaces.require_installation(workspace)).token, method, **params)

    def token_accepted(self, installation: Installation) -> bool:
        """Whether Slack took our token when it was last used; while it does not, it is asked once in a while."""
        if installation.token not in self.api.rejected_tokens:
            return True
        if self.core.clock.now() > self.token_retry_at:
            self.token_retry_at = self.core.clock.now() + TOKEN_RETRY_SECONDS
            self.run_in_background(self.api.call(installation.token, "auth.test"), "token")
        return False

    async def try_call(self, workspace: str, method: str, /, **params: Any) -> JsonObject | None:
        """A call that is nice to have: what goes wrong with it is noted and changes nothing."""
        try:
            return await self.call(workspace, method, **params)
        except Trouble as trouble:
            log.info("left undone", method=method, why=trouble.sentence)
            return None

    async def enqueue_event(self, key: str, body: dict[str, Any]) -> bool:
        """Leave a letter to ourselves, once; it is worked on at once, and after a crash still is."""
        new = await self.core.inbox.add(PLATFORM, key, body, self.core.clock.now())
        self.inbox_wakeup.set()
        return new

    def run_in_background(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """Do something beside; its failing is logged and hurts nobody."""
        task = self.tasks.create_task(_log_failures(work, name), name=f"slack {name}")
        task.add_done_callback(lambda _: work.close())  # one that is cancelled before it began never comes to it

    async def load_value(self, key: str) -> Any:
        """What was noted under a key."""
        return await self.core.key_value.get(KEY_VALUE_SPACE, key)

    async def save_value(self, key: str, value: Any) -> None:
        """Note something durably."""
        await self.core.key_value.put(KEY_VALUE_SPACE, key, value)

    async def delete_value(self, key: str) -> None:
        """Forget a note."""
        await self.core.key_value.delete(KEY_VALUE_SPACE, key)


async def _log_failures(work: Coroutine[Any, Any, object], name: str) -> None:
    try:
        await work
    except Trouble as trouble:
        log.info("left undone", what=name, why=trouble.sentence)
    except Exception:  # an edge: one picture of a home tab must not take the whole chat down
        log.exception("left undone", what=name)
