"""Posts notices in subscribed channels."""

from adapters.chats.slack.api import history
from adapters.chats.slack.api.errors import SlackRefused
from adapters.chats.slack.context import SlackContext
from adapters.chats.slack.outgoing.blocks import card_blocks, fallback_text
from adapters.chats.slack.outgoing.replies import SlackReplies
from bot.jobs.asker import Place
from bot.notices.subscriptions import Notice
from bot.wording.cards import Card

NOTICE_EVENT_TYPE = "didtalk_notice"


class SlackNotices:
    def __init__(self, context: SlackContext, replies: SlackReplies) -> None:
        self._context = context
        self._replies = replies

    async def post_notice(self, notice: Notice, card: Card) -> str:
        metadata = {"event_type": NOTICE_EVENT_TYPE, "event_payload": {"notice": notice.key}}
        given = {"text": fallback_text(card), "blocks": card_blocks(card), "metadata": metadata, "unfurl_links": False}
        response = await self._context.call(
            notice.place.workspace, "chat.postMessage", channel=notice.place.channel, **given
        )
        return f"{response['channel']}/{response['ts']}"

    async def find_notice(self, notice: Notice) -> str | None:
        """Search the channel's history; without access, assume that the notice was posted."""
        # A record of ours would be missing if we crashed between the post and its write.
        try:
            async for each in history.messages_around(self._context, notice.place, notice.due_at, after=None):
                if ((each.get("metadata") or {}).get("event_payload") or {}).get("notice") == notice.key:
                    return f"{notice.place.channel}/{each['ts']}"
        except SlackRefused:
            return f"{notice.place.channel}/"
        return None

    async def send_privately(self, user: str, place: Place, sentence: str) -> None:
        """DM a person about a channel, which may be gone itself."""
        own = Place(platform=place.platform, workspace=place.workspace, channel=user, private=True)
        await self._replies.send_privately(own, user, sentence, about=place.channel)
