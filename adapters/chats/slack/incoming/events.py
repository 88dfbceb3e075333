"""What happens in Slack without a command: mentions, messages to us, reactions, joining and leaving."""

from typing import Any

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.api.workspaces import seen_from
from adapters.chats.slack.context import Inside
from adapters.chats.slack.incoming.emoji_names import character
from adapters.chats.slack.incoming.message_reader import Found, Reading
from adapters.chats.slack.install.uninstall import Leaving
from adapters.chats.slack.outgoing.home_tab import Home
from adapters.chats.slack.outgoing.replies import Replies
from adapters.chats.slack.people.channels import Channels, place_of
from adapters.chats.slack.people.users import People
from bot.chats.inbox import Letter
from bot.chats.installations import Installation
from bot.errors import Refused, TryAgain
from bot.jobs.asker import Asker, Place
from bot.wording.answer import Answer

log = structlog.get_logger(__name__)

SHARED = "is_ext_shared_channel"  # whether people of other organisations are there too
ASKING = ("app_mention", "message", "reaction_added")

Event = dict[str, Any]


class Events:
    """Does what an event asks for."""

    def __init__(
        self,
        inside: Inside,
        people: People,
        channels: Channels,
        reading: Reading,
        replies: Replies,
        home: Home,
        leaving: Leaving,
    ) -> None:
        self._in = inside
        self._channels = channels
        self._people = people
        self._reading = reading
        self._replies = replies
        self._home = home
        self.kinds = {
            "app_mention": self._mention,
            "message": self._message,
            "reaction_added": self._reaction,
            "app_home_opened": self._opened,
            "member_joined_channel": self._joined,
            "channel_archive": self._closed,
            "channel_deleted": self._closed,
            "group_archive": self._closed,
            "group_deleted": self._closed,
            "app_uninstalled": leaving.left,
            "tokens_revoked": leaving.left,
        }

    async def do(self, letter: Letter) -> None:
        """One event that was kept."""
        event = letter.body["event"]
        work = self.kinds.get(str(event.get("type")))
        if work is None:
            return
        workspace = str(letter.body["workspace"])
        installation = await self._in.workspaces.find(workspace)
        if installation is None:
            return
        installation = seen_from(str(letter.body.get("team") or ""), installation)
        if self._in.workspaces.single and not installation.bot_user:
            raise TryAgain(texts.AWAY, 5.0)  # whether it was ourselves is not known yet
        if event["type"] in ASKING and not self._in.admitted(installation):
            raise TryAgain(texts.NOT_HERE, 60.0)  # what nobody may post need not be paid for
        if not _ours(installation, event):
            await work(installation, event)

    async def _mention(self, installation: Installation, event: Event) -> None:
        if event.get("edited") or event.get("bot_id"):
            return
        thread = str(event.get("thread_ts") or event["ts"])
        place = _place(installation, str(event["channel"]), thread, str(event["ts"]))
        await self._addressed(installation, event, place)

    async def _message(self, installation: Installation, event: Event) -> None:
        if event.get("channel_type") != "im" or event.get("subtype") not in (None, "file_share") or event.get("bot_id"):
            return
        place = _place(installation, str(event["channel"]), str(event.get("thread_ts") or ""), str(event["ts"]))
        await self._addressed(installation, event, place)

    async def _addressed(self, installation: Installation, event: Event, place: Place) -> None:
        user, ts = str(event["user"]), str(event["ts"])
        try:
            asker = await self._people.asker(installation.workspace, user, team=str(event.get("user_team") or ""))
            message = await self._reading.read(installation, event)
            around: Found | None = None
            if place.thread and place.thread != ts and not message.media:
                around = await self._reading.at(installation, place.channel, place.thread)
            once = f"slack:{installation.workspace}:{place.channel}:{ts}"
            whole = await self._channels.whole(place)
            answer = await self._in.door.gestures.mention(
                asker, whole, message.text, message, around.message if around else None, once
            )
        except Refused as refusal:
            return await self._replies.whisper(place, user, refusal.sentence)
        return await self._replies.answer(place, user, answer)

    async def _reaction(self, installation: Installation, event: Event) -> None:
        item, user = event.get("item") or {}, str(event.get("user") or "")
        emoji = character(str(event.get("reaction") or ""))
        if item.get("type") != "message" or not self._in.door.gestures.means(emoji):
            return None
        channel, ts = str(item["channel"]), str(item["ts"])
        place = _place(installation, channel, "", "")
        try:
            asker = await self._people.asker(installation.workspace, user, shared=bool(event.get(SHARED)))
            answer = await self._react(installation, asker, channel, ts, emoji)
        except Refused as refusal:
            return await self._replies.whisper(place, user, refusal.sentence)
        if answer:
            await self._replies.answer(place, user, answer)
        return None

    async def _react(
        self, installation: Installation, asker: Asker, channel: str, ts: str, emoji: str
    ) -> Answer | None:
        found = await self._reading.at(installation, channel, ts)
        if found is None:
            raise Refused(texts.MENU)
        place = await self._channels.whole(_place(installation, channel, found.thread, ts))
        return await self._in.door.gestures.react(asker, place, emoji, found.message)

    async def _opened(self, installation: Installation, event: Event) -> None:
        workspace, user = installation.workspace, str(event["user"])
        try:
            asker = await self._people.asker(workspace, user)
        except Refused:
            return None
        if event.get("tab") == "home":
            return await self._home.opened(asker)
        met = f"met:{workspace}/{user}"
        if not await self._in.note(met):
            await self._in.put(met, value=True)
            await self._in.call(workspace, "chat.postMessage", channel=user, text=texts.HELLO)
        return None

    async def _joined(self, installation: Installation, event: Event) -> None:
        """Somebody invited us: one short message, and never another."""
        if event.get("user") == installation.bot_user:
            place = f"hello:{installation.workspace}/{event['channel']}"
            if not await self._in.note(place):
                await self._in.put(place, value=True)
                await self._in.call(
                    installation.workspace, "chat.postMessage", channel=event["channel"], text=texts.HELLO
                )

    async def _closed(self, installation: Installation, event: Event) -> None:
        place = _place(installation, str(event["channel"]), "", "")
        await self._in.door.subscriptions.pause(place, f"The channel is gone ({event['type']}).")


def _ours(installation: Installation, event: Event) -> bool:
    """Whether we did it ourselves; joining a channel is news even so."""
    if event.get("type") == "member_joined_channel":
        return False
    bot = event.get("bot_id")
    return event.get("user") == (installation.bot_user or None) or bool(bot and bot == installation.bot)


def _place(installation: Installation, channel: str, thread: str, message: str) -> Place:
    alone = channel.startswith("D") and thread == message
    return place_of(installation.workspace, channel, "", "" if alone else thread, message)
