"""What every part of Slack works with once the chat is open."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from adapters.chats.slack.api.client import Reply, Wire
from adapters.chats.slack.api.workspaces import PLATFORM, Workspaces
from bot.chats.installations import Installation
from bot.desk.chat_context import Door
from bot.errors import Trouble

log = structlog.get_logger(__name__)

NOTES = "slack"
AGAIN = 20.0  # seconds between two questions whether a refused token is good again


@dataclass
class Inside:
    """The door, the wire, who we are where, and an owner for what may happen a little later."""

    door: Door
    wire: Wire
    workspaces: Workspaces
    tasks: asyncio.TaskGroup
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    asked_again: float = 0.0  # until then a refused token is not tried again

    async def call(self, workspace: str, method: str, /, **given: Any) -> Reply:
        """One call of the Web API in a workspace."""
        return await self.wire.call((await self.workspaces.of(workspace)).token, method, **given)

    def admitted(self, installation: Installation) -> bool:
        """Whether Slack took our token when it was last used; while it does not, it is asked once in a while."""
        if installation.token not in self.wire.dead:
            return True
        if self.door.clock.now() > self.asked_again:
            self.asked_again = self.door.clock.now() + AGAIN
            self.later(self.wire.call(installation.token, "auth.test"), "token")
        return False

    async def quietly(self, workspace: str, method: str, /, **given: Any) -> Reply | None:
        """A call that is nice to have: what goes wrong with it is noted and changes nothing."""
        try:
            return await self.call(workspace, method, **given)
        except Trouble as trouble:
            log.info("left undone", method=method, why=trouble.sentence)
            return None

    async def post(self, key: str, body: dict[str, Any]) -> bool:
        """Leave a letter to ourselves, once; it is worked on at once, and after a crash still is."""
        new = await self.door.inbox.keep(PLATFORM, key, body, self.door.clock.now())
        self.bell.set()
        return new

    def later(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """Do something beside; its failing is logged and hurts nobody."""
        task = self.tasks.create_task(_guarded(work, name), name=f"slack {name}")
        task.add_done_callback(lambda _: work.close())  # one that is cancelled before it began never comes to it

    async def note(self, key: str) -> Any:
        """What was noted under a key."""
        return await self.door.notes.get(NOTES, key)

    async def put(self, key: str, value: Any) -> None:
        """Note something durably."""
        await self.door.notes.put(NOTES, key, value)

    async def drop(self, key: str) -> None:
        """Forget a note."""
        await self.door.notes.drop(NOTES, key)


async def _guarded(work: Coroutine[Any, Any, object], name: str) -> None:
    try:
        await work
    except Trouble as trouble:
        log.info("left undone", what=name, why=trouble.sentence)
    except Exception:  # an edge: one picture of a home tab must not take the whole chat down
        log.exception("left undone", what=name)
