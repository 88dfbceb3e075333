"""A lane: one bot between one chat and one studio, minded by somebody who starts it again whenever it dies."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
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
from tests.chaos.store import Store, in_file, on_server
from tests.chaos.trouble import Between, straight
from tests.chaos.wire import Wire
from tests.walks.cli import Books

# D-ID's gateway takes up to 29 seconds to give up, and the bot waits for that before it pays again. The sandbox has
# answered or will never answer at once, so here the wait is short.
SETTLE = 1.0
AGAIN = 1.0  # seconds before a bot is started again that ended by itself
LIMITS = {"DIDTALK_USER_LIMITS": "hour=10000000", "DIDTALK_CHANNEL_LIMITS": "hour=10000000"}  # counted, never reached
PUBLIC = "https://didtalk.example"  # webhooks go there, and the sandbox knows where that is

CHATS: Mapping[str, Callable[[], Person]] = {"console": ConsolePerson, "slack": SlackPerson, "discord": DiscordPerson}
STUDIOS: Mapping[str, Mapping[str, str]] = {
    "did": {"DID_API_KEY": "sandbox:sandbox"},
    "heygen-v2": {"HEYGEN_API_KEY": "sandbox:sandbox", "HEYGEN_API_VERSION": "v2", "DIDTALK_STUDIO": "heygen"},
    "heygen-v3": {"HEYGEN_API_KEY": "sandbox:sandbox", "HEYGEN_API_VERSION": "v3", "DIDTALK_STUDIO": "heygen"},
}


@dataclass
class Lane:
    """What a run holds in its hands: one bot, or several that share a store."""

    bots: Sequence[Bot]
    person: Person
    store: Store
    target: Point | None = None
    calls: list[tuple[str, int]] = field(default_factory=list)  # what passed the wires
    over: bool = False
    restarted: float = 0.0  # when the last life but the first began

    @property
    def gate(self) -> Gate:
        """A gate for calls, which kills the first bot at the target."""
        return Gate(lambda name, nth: self.calls.append((name, nth)), self.target, self._strike)

    @property
    def alive(self) -> bool:
        """Whether every bot lives."""
        return not any(bot.died.is_set() for bot in self.bots)

    @property
    def kills(self) -> int:
        """How often one of them was killed."""
        return sum(bot.kills for bot in self.bots)

    @property
    def ends(self) -> list[int]:
        """How they ended when nobody killed them."""
        return [code for bot in self.bots for code in bot.ends]

    @property
    def passed(self) -> list[tuple[str, int]]:
        """Every point the first bot passed by now, inside and outside."""
        lines = self.bots[0].orders.trace.read_text().splitlines()
        inside = [(name, int(nth)) for nth, _, name in (line.partition("\t") for line in lines)]
        return [*inside, *self.calls]

    async def mind(self, bot: Bot) -> None:
        """Start it, and start it again whenever it dies."""
        bot.start(self.target)
        while True:
            await bot.died.wait()
            if self.over:
                return
            await asyncio.sleep(AGAIN if bot.ends else 0.0)
            self.person.restarted()
            self.restarted = time.monotonic()
            bot.start()

    def _strike(self) -> None:
        self.bots[0].kill()
        raise Struck


@dataclass(frozen=True)
class Plot:
    """Where a lane is laid: which chat and studio, and what stands between."""

    chat: str
    studio: str
    target: Point | None = None
    ports: Sequence[int] = ()  # where webhooks come to; none come when these are not named
    between: Between = straight
    database: str = ""  # a server's; else each bot keeps a file


@asynccontextmanager
async def lane(folder: Path, books: Books, plot: Plot) -> AsyncIterator[Lane]:
    """Bots at work, killed and started again; put down at the end."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    async with AsyncExitStack() as stack:
        ports = plot.ports or (stack.enter_context(own_port()),)
        store = await stack.enter_async_context(on_server(plot.database)) if plot.database else in_file(folder)
        studio, chat, person = Wire("studio"), Wire(plot.chat), CHATS[plot.chat]()
        await stack.enter_async_context(studio.up(books.url))
        url = await stack.enter_async_context(plot.between(studio.url))
        settings = {**STUDIOS[plot.studio], **LIMITS, "DID_API_URL": url, "HEYGEN_API_URL": url}
        settings |= await stack.enter_async_context(person.here(chat, plot.between, ports))
        settings |= {"DIDTALK_PUBLIC_URL": PUBLIC} if plot.ports else {}
        settings |= {"DIDTALK_DATABASE_URL": plot.database} if plot.database else {}
        bots = [Bot(Orders(settings | {"DIDTALK_PORT": str(port)}, folder, SETTLE)) for port in ports]
        there = Lane(bots, person, store, plot.target)
        studio.gate = chat.gate = there.gate
        minding = [asyncio.create_task(there.mind(bot), name="minder") for bot in bots]
        try:
            yield there
        finally:
            there.over = True
            for bot in bots:
                await bot.end()
            await asyncio.wait(minding)
