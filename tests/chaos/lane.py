"""A lane: one bot between one chat and one studio, minded by somebody who starts it again whenever it dies."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.child import Orders
from tests.chaos.people.console import ConsolePerson
from tests.chaos.people.discord import DiscordPerson
from tests.chaos.people.person import Person
from tests.chaos.people.slack import SlackPerson
from tests.chaos.points import Gate, Point, Struck
from tests.chaos.process import Bot, own_port
from tests.chaos.store import SqliteStore, Store
from tests.chaos.trouble import Between, straight
from tests.chaos.wire import Wire
from tests.walks.cli import Books

# D-ID's gateway takes up to 29 seconds to give up, and the bot waits for that before it pays again. The sandbox has
# answered or will never answer at once, so here the wait is short.
SETTLE = 1.0
AGAIN = 1.0  # seconds before a bot is started again that ended by itself
NO_LIMITS = {"DIDTALK_USER_LIMITS": "off", "DIDTALK_CHANNEL_LIMITS": "off"}  # few people ask for thousands here
PUBLIC = "https://didtalk.example"  # webhooks go there, and the sandbox knows where that is

CHATS: Mapping[str, Callable[[], Person]] = {"console": ConsolePerson, "slack": SlackPerson, "discord": DiscordPerson}
STUDIOS: Mapping[str, Mapping[str, str]] = {
    "did": {"DID_API_KEY": "sandbox:sandbox"},
    "heygen-v2": {"HEYGEN_API_KEY": "sandbox:sandbox", "HEYGEN_API_VERSION": "v2", "DIDTALK_STUDIO": "heygen"},
    "heygen-v3": {"HEYGEN_API_KEY": "sandbox:sandbox", "HEYGEN_API_VERSION": "v3", "DIDTALK_STUDIO": "heygen"},
}


@dataclass
class Lane:
    """What a run holds in its hands."""

    bot: Bot
    person: Person
    store: Store
    studio: Wire
    chat: Wire
    target: Point | None = None
    calls: list[tuple[str, int]] = field(default_factory=list)  # what passed the wires in the bot's first life
    over: bool = False
    restarted: float = 0.0  # when the last life but the first began

    def begin(self) -> None:
        """The first life, with every point counted."""
        self.studio.gate = self.chat.gate = Gate(self._passed, self.target, self._strike)
        self.bot.start(self.target)

    async def mind(self) -> None:
        """Start it again whenever it dies."""
        while True:
            await self.bot.died.wait()
            if self.over:
                return
            await asyncio.sleep(AGAIN if self.bot.ends else 0.0)
            self.person.restarted()
            self.restarted = time.monotonic()
            self.bot.start()

    @property
    def passed(self) -> list[tuple[str, int]]:
        """Every point passed by now, inside and outside."""
        lines = self.bot.orders.trace.read_text().splitlines()
        inside = [(name, int(nth)) for nth, _, name in (line.partition("\t") for line in lines)]
        return [*inside, *self.calls]

    def _passed(self, name: str, nth: int) -> None:
        self.calls.append((name, nth))

    def _strike(self) -> None:
        self.bot.kill()
        raise Struck


@asynccontextmanager
async def lane(
    folder: Path,
    chat: str,
    studio: str,
    books: Books,
    target: Point | None = None,
    *,
    hooks: int = 0,
    between: Between = straight,
) -> AsyncIterator[Lane]:
    """A bot at work, killed at its target and started again; put down at the end."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    person, studio_wire, chat_wire = CHATS[chat](), Wire("studio"), Wire(chat)
    async with AsyncExitStack() as stack:
        port = hooks or stack.enter_context(own_port())
        await stack.enter_async_context(studio_wire.up(books.url))
        url = await stack.enter_async_context(between(studio_wire.url))
        chatting = await stack.enter_async_context(person.here(chat_wire, between, port))
        address = {"DID_API_URL": url, "HEYGEN_API_URL": url, "DIDTALK_PORT": str(port)} | NO_LIMITS
        public = {"DIDTALK_PUBLIC_URL": PUBLIC} if hooks else {}
        settings = {**STUDIOS[studio], **chatting, **address, **public}
        bot = Bot(Orders(settings, folder, SETTLE))
        there = Lane(bot, person, SqliteStore(folder), studio_wire, chat_wire, target)
        there.begin()
        minding = asyncio.create_task(there.mind(), name="minder")
        try:
            yield there
        finally:
            there.over = True
            await bot.end()
            await minding
