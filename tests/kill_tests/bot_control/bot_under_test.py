"""A lane: one bot between one chat and one studio, minded by somebody who starts it again whenever it dies."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.end_to_end.cli import SandboxLedger
from tests.kill_tests.bot_control.bot_main import BotLaunch
from tests.kill_tests.bot_control.bot_process import BotProcess, reserved_port
from tests.kill_tests.bot_control.call_relay import CallRelay
from tests.kill_tests.bot_control.kill_points import KillGate, KillPoint, ProcessKilled
from tests.kill_tests.database_reader import DatabaseReader, postgres_reader, sqlite_reader
from tests.kill_tests.line_faults import ProxyFactory, no_proxy
from tests.kill_tests.people.console import ConsolePerson
from tests.kill_tests.people.discord import DiscordPerson
from tests.kill_tests.people.person import ChatPerson
from tests.kill_tests.people.slack import SlackPerson

# D-ID's gateway takes up to 29 seconds to give up, and the bot waits for that before it pays again. The sandbox has
# answered or will never answer at once, so here the wait is short.
SETTLE_SECONDS = 1.0
RESTART_PAUSE_SECONDS = 1.0  # seconds before a bot is started again that ended by itself
UNREACHED_LIMITS = {
    "DIDTALK_USER_LIMITS": "hour=10000000",
    "DIDTALK_CHANNEL_LIMITS": "hour=10000000",
}  # counted, never reached
PUBLIC_URL = "https://didtalk.example"  # webhooks go there, and the sandbox knows where that is

PEOPLE_BY_CHAT: Mapping[str, Callable[[], ChatPerson]] = {
    "console": ConsolePerson,
    "slack": SlackPerson,
    "discord": DiscordPerson,
}
STUDIO_ENVIRONMENT: Mapping[str, Mapping[str, str]] = {
    "did": {"DID_API_KEY": "sandbox:sandbox"},
    "heygen-v2": {"HEYGEN_API_KEY": "sandbox:sandbox", "HEYGEN_API_VERSION": "v2", "DIDTALK_STUDIO": "heygen"},
    "heygen-v3": {"HEYGEN_API_KEY": "sandbox:sandbox", "HEYGEN_API_VERSION": "v3", "DIDTALK_STUDIO": "heygen"},
}


@dataclass
class BotUnderTest:
    """What a run holds in its hands: one bot, or several that share a store."""

    bots: Sequence[BotProcess]
    person: ChatPerson
    store: DatabaseReader
    target: KillPoint | None = None
    calls_passed: list[tuple[str, int]] = field(default_factory=list)  # what passed the wires
    stopping: bool = False
    restarted_at: float = 0.0  # when the last life but the first began

    @property
    def call_gate(self) -> KillGate:
        """A gate for calls, which kills the first bot at the target."""
        return KillGate(lambda name, nth: self.calls_passed.append((name, nth)), self.target, self._kill_first)

    @property
    def all_alive(self) -> bool:
        """Whether every bot lives."""
        return not any(bot.died.is_set() for bot in self.bots)

    @property
    def kill_count(self) -> int:
        """How often one of them was killed."""
        return sum(bot.kill_count for bot in self.bots)

    @property
    def exit_codes(self) -> list[int]:
        """How they ended when nobody killed them."""
        return [code for bot in self.bots for code in bot.exit_codes]

    @property
    def points_passed(self) -> list[tuple[str, int]]:
        """Every point the first bot passed by now, inside and outside."""
        lines = self.bots[0].launch.trace_file.read_text().splitlines()
        inside = [(name, int(nth)) for nth, _, name in (line.partition("\t") for line in lines)]
        return [*inside, *self.calls_passed]

    async def keep_running(self, bot: BotProcess) -> None:
        """Start it, and start it again whenever it dies."""
        bot.start(self.target)
        while True:
            await bot.died.wait()
            if self.stopping:
                return
            await asyncio.sleep(RESTART_PAUSE_SECONDS if bot.exit_codes else 0.0)
            self.person.on_restart()
            self.restarted_at = time.monotonic()
            bot.start()

    def _kill_first(self) -> None:
        self.bots[0].kill()
        raise ProcessKilled


@dataclass(frozen=True)
class BotSetup:
    """Where a lane is laid: which chat and studio, and what stands between."""

    chat: str
    studio: str
    target: KillPoint | None = None
    webhook_ports: Sequence[int] = ()  # where webhooks come to; none come when these are not named
    proxy_factory: ProxyFactory = no_proxy
    database_url: str = ""  # a server's; else each bot keeps a file


@asynccontextmanager
async def running_bots(folder: Path, sandbox: SandboxLedger, setup: BotSetup) -> AsyncIterator[BotUnderTest]:
    """Bots at work, killed and started again; put down at the end."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    async with AsyncExitStack() as stack:
        ports = setup.webhook_ports or (stack.enter_context(reserved_port()),)
        store = (
            await stack.enter_async_context(postgres_reader(setup.database_url))
            if setup.database_url
            else sqlite_reader(folder)
        )
        studio, chat, person = CallRelay("studio"), CallRelay(setup.chat), PEOPLE_BY_CHAT[setup.chat]()
        await stack.enter_async_context(studio.running(sandbox.url))
        url = await stack.enter_async_context(setup.proxy_factory(studio.url))
        settings = {**STUDIO_ENVIRONMENT[setup.studio], **UNREACHED_LIMITS, "DID_API_URL": url, "HEYGEN_API_URL": url}
        settings |= await stack.enter_async_context(person.connect_chat(chat, setup.proxy_factory, ports))
        settings |= {"DIDTALK_PUBLIC_URL": PUBLIC_URL} if setup.webhook_ports else {}
        settings |= {"DIDTALK_DATABASE_URL": setup.database_url} if setup.database_url else {}
        bots = [BotProcess(BotLaunch(settings | {"DIDTALK_PORT": str(port)}, folder, SETTLE_SECONDS)) for port in ports]
        under_test = BotUnderTest(bots, person, store, setup.target)
        studio.gate = chat.gate = under_test.call_gate
        minding = [asyncio.create_task(under_test.keep_running(bot), name="minder") for bot in bots]
        try:
            yield under_test
        finally:
            under_test.stopping = True
            for bot in bots:
                await bot.shut_down()
            await asyncio.wait(minding)
