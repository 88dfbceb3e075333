"""Ana at Discord: commands and buttons over the gateway, on a server that outlives the bot."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from adapters.chats.discord.incoming.button_ids import Press
from tests.chaos.people.person import Gesture, Seen
from tests.chaos.trouble import Between
from tests.chaos.wire import Wire
from tests.fakes.discord_people import Discord
from tests.fakes.discord_rules import LOADING, walk
from tests.fakes.discord_server import CHANNEL, TOKEN, Channel, Given

NEWS = 650
DEFERS = 0.9  # seconds; what is acknowledged sooner was recorded before, later it may be a mere "wait"


class Server(Discord):
    """A server whose addresses lead over the wire, all but the gateway's own line."""

    line = ""

    @property
    def gateway_url(self) -> str:
        """Where events come from, whoever stands in front of the rest."""
        return self.line


class DiscordPerson:
    """A server with one person on it."""

    def __init__(self) -> None:
        self.discord = Server()
        self.discord.channels[NEWS] = Channel(NEWS)

    def repeats(self, gesture: Gesture) -> bool:
        """Discord sends a gesture once."""
        return False

    @asynccontextmanager
    async def here(self, wire: Wire, between: Between, ports: Sequence[int]) -> AsyncIterator[Mapping[str, str]]:
        """The server, which we call."""
        async with self.discord.running():
            root = self.discord.url.removesuffix("/api/v10")
            self.discord.line = root.replace("http", "ws", 1) + "/gateway"
            async with wire.up(root), between(wire.url) as address:
                self.discord.url = f"{address}/api/v10"
                yield {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_URL": self.discord.url}

    async def there(self) -> bool:
        """Whether the bot is connected."""
        return self.discord.connected.is_set()

    def restarted(self) -> None:
        """Whatever session there was is dead."""
        self.discord.connected.clear()

    async def ask(self, gesture: Gesture) -> bool:
        """Run the command, with a photo if there is one."""
        given: dict[str, Any] = {"script": gesture.text}
        if gesture.photo:
            given["image"] = self.discord.upload(CHANNEL, gesture.photo, "photo.png", "image/png")
        return await self._taken(self.discord.command(gesture.command, **given))

    async def press(self, job: str, act: str, once: str) -> bool:
        """Press a button of the card."""
        for message in self._posted(CHANNEL):
            if any(press.job == job and press.act == act for press in _presses(message)):
                return await self._taken(self.discord.press(message, act))
        return False

    async def subscribe(self) -> bool:
        """Another channel."""
        return await self._taken(self.discord.command("did subscribe", NEWS, topics="done failed"))

    async def seen(self) -> Mapping[str, Seen]:
        """What stands in the channels."""
        found: dict[str, Seen] = defaultdict(Seen)
        for channel in (CHANNEL, NEWS):
            for message in self._posted(channel):
                for job in {press.job for press in _presses(message)}:
                    _note(found[job], message, news=channel == NEWS)
        return found

    async def _taken(self, doing: Awaitable[Given]) -> bool:
        """Whether a gesture was answered, soon enough that it must have been recorded, or else by its card."""
        given = await doing
        try:
            await self.discord.acknowledged(given)
        except TimeoutError:
            return False
        if (given.took or 0.0) < DEFERS:
            return True
        try:
            await self.discord.until(lambda: self._shown(given), 3.0)
        except TimeoutError:
            return False
        return True

    def _shown(self, given: Given) -> bool:
        message = self.discord.channels[given.channel].messages.get(given.message or 0)
        return message is not None and not message["flags"] & LOADING

    def _posted(self, channel: int) -> list[dict[str, Any]]:
        return self.discord.posted(channel)


def _presses(message: dict[str, Any]) -> list[Press]:
    found = (Press.of(each.get("custom_id", "")) for each in walk(message["components"] or []))
    return [press for press in found if press]


def _note(seen: Seen, message: dict[str, Any], *, news: bool) -> None:
    if news:
        seen.notices += 1
        return
    seen.said.append("\n".join(each.get("content", "") for each in walk(message["components"] or [])))
    seen.videos += sum(each["filename"].endswith("mp4") for each in message["attachments"])
