"""Events: mentions, DMs, reactions, the Home tab, channels joined or closed."""

from typing import Any

import emoji
import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.context import (
    GREETED_CHANNEL_PREFIX,
    GREETED_USER_PREFIX,
    SlackContext,
    make_place,
    with_team,
)
from adapters.chats.slack.incoming.messages import FoundMessage, MessageReader
from adapters.chats.slack.install.uninstall import SlackUninstaller
from adapters.chats.slack.outgoing.home_tab import HomeTab
from adapters.chats.slack.outgoing.replies import SlackReplies
from adapters.chats.slack.people import Channels, SlackUsers
from bot.chats.inbox import InboxEvent
from bot.chats.installations import Installation
from bot.errors import Refused, TryAgain
from bot.jobs.job import Place
from bot.requests.languages import flag_emoji

log = structlog.get_logger(__name__)

SHARED_CHANNEL_FIELD = "is_ext_shared_channel"
REQUESTING_EVENTS = ("app_mention", "message", "reaction_added")

Event = dict[str, Any]


class SlackEvents:
    def __init__(
        self,
        context: SlackContext,
        users: SlackUsers,
        channels: Channels,
        reader: MessageReader,
        replies: SlackReplies,
        home_tab: HomeTab,
        uninstaller: SlackUninstaller,
    ) -> None:
        self._context = context
        self._channels = channels
        self._users = users
        self._reader = reader
        self._replies = replies
        self._home_tab = home_tab
        self.handlers = {
            "app_mention": self._handle_mention,
            "message": self._handle_message,
            "reaction_added": self._handle_reaction,
            "app_home_opened": self._handle_home_opened,
            "member_joined_channel": self._handle_joined,
            "channel_archive": self._handle_channel_closed,
            "channel_deleted": self._handle_channel_closed,
            "group_archive": self._handle_channel_closed,
            "group_deleted": self._handle_channel_closed,
            "app_uninstalled": uninstaller.handle_uninstalled,
            "tokens_revoked": uninstaller.handle_uninstalled,
        }

    async def handle_event(self, inbox_event: InboxEvent) -> None:
        event = inbox_event.body["event"]
        handler = self.handlers.get(str(event.get("type")))
        if handler is None:
            return
        workspace = str(inbox_event.body["workspace"])
        installation = await self._context.workspaces.find_installation(workspace)
        if installation is None:
            return
        installation = with_team(str(inbox_event.body.get("team") or ""), installation)
        if self._context.workspaces.is_single and not installation.bot_user:
            raise TryAgain(texts.NOT_CONNECTED, 5.0)  # our own user id is not known yet
        if event["type"] in REQUESTING_EVENTS and not self._context.token_accepted(installation):
            raise TryAgain(texts.BOT_REMOVED, 60.0)  # never pay for a video that we may not post
        if not _is_own_event(installation, event):
            await handler(installation, event)

    async def _handle_mention(self, installation: Installation, event: Event) -> None:
        if event.get("edited") or event.get("bot_id"):
            return
        thread = str(event.get("thread_ts") or event["ts"])
        place = _place_of_event(installation, str(event["channel"]), thread, str(event["ts"]))
        await self._answer_message(installation, event, place)

    async def _handle_message(self, installation: Installation, event: Event) -> None:
        if event.get("channel_type") != "im" or event.get("subtype") not in (None, "file_share") or event.get("bot_id"):
            return
        thread = str(event.get("thread_ts") or "")
        place = _place_of_event(installation, str(event["channel"]), thread, str(event["ts"]))
        await self._answer_message(installation, event, place)

    async def _answer_message(self, installation: Installation, event: Event, place: Place) -> None:
        workspace, user, ts = installation.workspace, str(event["user"]), str(event["ts"])
        try:
            asker = await self._users.get_asker(workspace, user, team=str(event.get("user_team") or ""))
            message = await self._reader.read_message(installation, event)
            thread_start: FoundMessage | None = None
            if place.thread and place.thread != ts and not message.media:
                thread_start = await self._reader.find_message(installation, place.channel, place.thread)
            answer = await self._context.gestures.handle_mention(
                asker,
                await self._channels.with_privacy(place),
                message.text,
                message,
                thread_start.message if thread_start else None,
                f"slack:{workspace}:{place.channel}:{ts}",
            )
        except Refused as refusal:
            await self._replies.send_privately(place, user, refusal.sentence)
        else:
            await self._replies.send_answer(place, user, answer)

    async def _handle_reaction(self, installation: Installation, event: Event) -> None:
        item, user = event.get("item") or {}, str(event.get("user") or "")
        reaction = emoji_character(str(event.get("reaction") or ""))
        if item.get("type") != "message" or not self._context.gestures.is_known_emoji(reaction):
            return
        channel, ts = str(item["channel"]), str(item["ts"])
        place = _place_of_event(installation, channel)
        try:
            shared = bool(event.get(SHARED_CHANNEL_FIELD))
            asker = await self._users.get_asker(installation.workspace, user, shared=shared)
            found = await self._reader.find_message(installation, channel, ts)
            if found is None:
                raise Refused(texts.USE_MESSAGE_MENU)
            there = await self._channels.with_privacy(_place_of_event(installation, channel, found.thread, ts))
            answer = await self._context.gestures.handle_reaction(asker, there, reaction, found.message)
        except Refused as refusal:
            await self._replies.send_privately(place, user, refusal.sentence)
        else:
            if answer:
                await self._replies.send_answer(place, user, answer)

    async def _handle_home_opened(self, installation: Installation, event: Event) -> None:
        workspace, user = installation.workspace, str(event["user"])
        try:
            asker = await self._users.get_asker(workspace, user)
        except Refused:
            return
        if event.get("tab") == "home":
            await self._home_tab.handle_opened(asker)
        else:
            await self._greet_once(GREETED_USER_PREFIX, workspace, user)

    async def _handle_joined(self, installation: Installation, event: Event) -> None:
        if event.get("user") == installation.bot_user:
            await self._greet_once(GREETED_CHANNEL_PREFIX, installation.workspace, str(event["channel"]))

    async def _greet_once(self, key_prefix: str, workspace: str, channel: str) -> None:
        key = f"{key_prefix}{workspace}/{channel}"
        if not await self._context.load_value(key):
            await self._context.save_value(key, value=True)
            await self._context.call(workspace, "chat.postMessage", channel=channel, text=texts.GREETING)

    async def _handle_channel_closed(self, installation: Installation, event: Event) -> None:
        place = _place_of_event(installation, str(event["channel"]))
        await self._context.subscriptions.pause_channel(place, f"The channel is gone ({event['type']}).")


def _is_own_event(installation: Installation, event: Event) -> bool:
    """Whether the bot caused the event; its joining a channel still counts."""
    if event.get("type") == "member_joined_channel":
        return False
    bot = event.get("bot_id")
    return event.get("user") == (installation.bot_user or None) or bool(bot and bot == installation.bot_id)


def _place_of_event(installation: Installation, channel: str, thread: str = "", message: str = "") -> Place:
    unthreaded = channel.startswith("D") and thread == message
    return make_place(installation.workspace, channel, "", "" if unthreaded else thread, message)


_SHORT_FLAGS = {"cn", "de", "es", "fr", "it", "jp", "kr", "ru", "us", "gb", "uk"}


def emoji_character(name: str) -> str:
    """The character of an emoji, or the name of a workspace's custom emoji."""
    plain = name.partition("::")[0]  # a skin tone follows
    if plain.startswith("flag-") and len(plain) == 7 and plain[5:].isalpha():
        return flag_emoji(plain[5:])
    if plain in _SHORT_FLAGS:
        return flag_emoji("gb" if plain == "uk" else plain)
    return emoji.emojize(f":{plain}:", language="alias").strip(":").replace("\ufe0f", "")
