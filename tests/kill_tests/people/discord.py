"""Ana at Discord: commands and buttons over the gateway, on a server that outlives the bot."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from adapters.chats.discord.outgoing.cards import ButtonPress
from tests.fakes.discord.people import FakeDiscord
from tests.fakes.discord.rules import LOADING_FLAG, walk_components
from tests.fakes.discord.server import CHANNEL_ID, TOKEN, FakeChannel, FakeInteraction
from tests.kill_tests.bot_control.call_relay import CallRelay
from tests.kill_tests.line_faults import ProxyFactory
from tests.kill_tests.people.person import Gesture, JobInChat

NEWS_CHANNEL = 650
DEFER_SECONDS = 0.9  # seconds; what is acknowledged sooner was recorded before, later it may be a mere "wait"


class ProxiedDiscord(FakeDiscord):
    """A server whose addresses lead over the wire, all but the gateway's own line."""

    gateway_address = ""

    @property
    def gateway_url(self) -> str:
        """Where events come from, whoever stands in front of the rest."""
        return self.gateway_address


class DiscordPerson:
    """A server with one person on it."""

    def __init__(self) -> None:
        self.discord = ProxiedDiscord()
        self.discord.channels[NEWS_CHANNEL] = FakeChannel(NEWS_CHANNEL)

    def repeats_gesture(self, gesture: Gesture) -> bool:
        """Discord sends a gesture once."""
        return False

    @asynccontextmanager
    async def connect_chat(
        self, wire: CallRelay, between: ProxyFactory, ports: Sequence[int]
    ) -> AsyncIterator[Mapping[str, str]]:
        """The server, which we call."""
        async with self.discord.running():
            root = self.discord.url.removesuffix("/api/v10")
            self.discord.gateway_address = root.replace("http", "ws", 1) + "/gateway"
            async with wire.running(root), between(wire.url) as address:
                self.discord.url = f"{address}/api/v10"
                yield {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_URL": self.discord.url}

    async def bot_is_ready(self) -> bool:
        """Whether the bot is connected."""
        return self.discord.connected.is_set()

    def on_restart(self) -> None:
        """Whatever session there was is dead."""
        self.discord.connected.clear()

    async def ask(self, gesture: Gesture) -> bool:
        """Run the command, with a photo if there is one."""
        given: dict[str, Any] = {"script": gesture.typed_text}
        if gesture.photo:
            given["image"] = self.discord.attach_file(CHANNEL_ID, gesture.photo, "photo.png", "image/png")
        return await self._was_taken(self.discord.run_command(gesture.command, **given))

    async def press(self, job: str, act: str, once: str) -> bool:
        """Press a button of the card, or of the question that its Delete asks."""
        on_card = "delete" if act == "confirm_delete" else act
        for message in self._bot_messages(CHANNEL_ID):
            if any(press.target_id == job and press.action == on_card for press in _buttons_of(message)):
                question = await self._ask_to_delete(message) if act == "confirm_delete" else message
                return question is not None and await self._was_taken(self.discord.press_button(question, act))
        return False

    async def _ask_to_delete(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """The question that a card's Delete asks, for this person alone; None when the bot does not answer."""
        given = await self.discord.press_button(message, "delete")
        messages = self.discord.channels[CHANNEL_ID].messages

        def question() -> dict[str, Any] | None:
            found = messages.get(given.message_id or 0)
            asks = found and any(press.action == "confirm_delete" for press in _buttons_of(found))
            return found if asks else None

        try:
            await self.discord.wait_until(question, 5.0)
        except TimeoutError:
            return None
        return question()

    async def subscribe(self) -> bool:
        """Another channel."""
        return await self._was_taken(self.discord.run_command("did subscribe", NEWS_CHANNEL, topics="done failed"))

    async def read_chat(self) -> Mapping[str, JobInChat]:
        """What stands in the channels."""
        found: dict[str, JobInChat] = defaultdict(JobInChat)
        for channel in (CHANNEL_ID, NEWS_CHANNEL):
            for message in self._bot_messages(channel):
                for job in {press.target_id for press in _buttons_of(message)}:
                    _count_message(found[job], message, news=channel == NEWS_CHANNEL)
        return found

    async def _was_taken(self, doing: Awaitable[FakeInteraction]) -> bool:
        """Whether a gesture was answered, soon enough that it must have been recorded, or else by its card."""
        given = await doing
        try:
            await self.discord.wait_for_response(given)
        except TimeoutError:
            return False
        if (given.ack_seconds or 0.0) < DEFER_SECONDS:
            return True
        try:
            await self.discord.wait_until(lambda: self._is_shown(given), 3.0)
        except TimeoutError:
            return False
        return True

    def _is_shown(self, given: FakeInteraction) -> bool:
        message = self.discord.channels[given.channel].messages.get(given.message_id or 0)
        return message is not None and not message["flags"] & LOADING_FLAG

    def _bot_messages(self, channel: int) -> list[dict[str, Any]]:
        return self.discord.bot_messages(channel)


def _buttons_of(message: dict[str, Any]) -> list[ButtonPress]:
    found = (
        ButtonPress.from_custom_id(each.get("custom_id", "")) for each in walk_components(message["components"] or [])
    )
    return [press for press in found if press]


def _count_message(seen: JobInChat, message: dict[str, Any], *, news: bool) -> None:
    if news:
        seen.notices += 1
        return
    seen.card_texts.append("\n".join(each.get("content", "") for each in walk_components(message["components"] or [])))
    seen.videos += sum(each["filename"].endswith("mp4") for each in message["attachments"])
