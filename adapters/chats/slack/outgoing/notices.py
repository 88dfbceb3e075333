"""Notices to channels that subscribed."""

from adapters.chats.slack.api import history
from adapters.chats.slack.api.errors import Said
from adapters.chats.slack.context import Inside
from adapters.chats.slack.outgoing.blocks import blocks_of, text_of
from adapters.chats.slack.outgoing.replies import Replies
from bot.jobs.asker import Place
from bot.notices.subscriptions import Notice
from bot.wording.cards import Card

EVENT = "didtalk_notice"


class Crier:
    """Posts notices, and finds one again whose answer was lost."""

    def __init__(self, inside: Inside, replies: Replies) -> None:
        self._in = inside
        self._replies = replies

    async def notify(self, notice: Notice, card: Card) -> str:
        """Post it; the channel and moment of the message."""
        mark = {"event_type": EVENT, "event_payload": {"notice": notice.key}}
        given = {"text": text_of(card), "blocks": blocks_of(card), "metadata": mark, "unfurl_links": False}
        said = await self._in.call(notice.place.workspace, "chat.postMessage", channel=notice.place.channel, **given)
        return f"{said['channel']}/{said['ts']}"

    async def noticed(self, notice: Notice) -> str | None:
        """Look through what was said there since; where that is closed to us, doubt is not posted twice."""
        # Not by a note of ours: what is forgotten after the post is missing if we die before that is written down.
        try:
            async for each in history.said(self._in, notice.place, notice.due_at, after=None):
                if ((each.get("metadata") or {}).get("event_payload") or {}).get("notice") == notice.key:
                    return f"{notice.place.channel}/{each['ts']}"
        except Said:
            return f"{notice.place.channel}/"
        return None

    async def whisper(self, user: str, place: Place, sentence: str) -> None:
        """Something for one person, in their own conversation with us: the place itself may be gone."""
        own = Place(platform=place.platform, workspace=place.workspace, channel=user, private=True)
        await self._replies.whisper(own, user, sentence, about=place.channel)
