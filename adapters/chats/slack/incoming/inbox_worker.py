"""Works through the inbox: what was kept is done, and what goes wrong is done later."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import Inside
from bot.chats.inbox import Letter
from bot.errors import Trouble, TryAgain, Unsure
from bot.runtime import backoff
from bot.runtime.clock import rest

log = structlog.get_logger(__name__)

AT_ONCE = 20
HOLD = 30.0  # seconds, after which a letter without signs of life is anybody's
BEAT = HOLD / 3
NAP = 2.0
GIVE_UP = 30  # tries; with the pauses between them, about a day
KNOWN_FOR = 2 * 86400.0  # Slack may repeat an event for a day
SWEEP = 3600.0

Work = Callable[[Letter], Awaitable[None]]


class Postman:
    """Hands each letter to whoever does its kind of thing."""

    def __init__(self, inside: Inside, kinds: Mapping[str, Work]) -> None:
        self._in = inside
        self._kinds = kinds
        self._swept = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if not await self._round():
                await rest(self._in.door.clock, self._in.bell, NAP)

    async def _round(self) -> bool:
        now = self._in.door.clock.now()
        try:
            if now - self._swept > SWEEP:
                await self._in.door.inbox.sweep(PLATFORM, now - KNOWN_FOR)
                self._swept = now
            letters = await self._in.door.inbox.due(PLATFORM, now, now + HOLD, AT_ONCE)
        except Trouble as trouble:  # a full disk may have room again
            log.error("inbox cannot be read", why=trouble.sentence)
            return False
        if letters:
            await self._do_all(letters)
        return bool(letters)

    async def _do_all(self, letters: Sequence[Letter]) -> None:
        """Do them side by side, and hold them as long as that takes."""
        async with asyncio.TaskGroup() as tasks:
            at_hand = {tasks.create_task(self._do(letter), name="slack letter"): letter.key for letter in letters}
            keeping = tasks.create_task(self._keep(at_hand))
            await asyncio.wait(at_hand)
            keeping.cancel()

    async def _keep(self, at_hand: Mapping[asyncio.Task[None], str]) -> None:
        while True:
            await self._in.door.clock.sleep(BEAT)
            left = [key for task, key in at_hand.items() if not task.done()]
            await self._settle(self._in.door.inbox.hold(PLATFORM, left, self._in.door.clock.now() + HOLD))

    async def _do(self, letter: Letter) -> None:
        try:
            await self._kinds[letter.body["kind"]](letter)
        except (TryAgain, Unsure) as trouble:
            if letter.tries < GIVE_UP:
                after = getattr(trouble, "after", None)
                due = self._in.door.clock.now() + backoff.again(letter.tries, after)
                log.info("put off", kind=letter.body.get("kind"), why=trouble.sentence)
                return await self._settle(self._in.door.inbox.later(PLATFORM, letter.key, due))
        except Trouble as trouble:
            log.info("not done", kind=letter.body.get("kind"), why=trouble.sentence)
        except Exception:  # an edge: one bad letter must not stop the post
            log.exception("a letter failed", kind=letter.body.get("kind"))
        return await self._settle(self._in.door.inbox.done(PLATFORM, letter.key))

    async def _settle(self, write: Awaitable[None]) -> None:
        try:
            await write
        except Trouble as trouble:
            log.error("inbox cannot be written", why=trouble.sentence)
