"""Replies to people, privately by whatever method still works; notices in channels; a look at a channel's history."""

from collections.abc import AsyncIterator
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.client import SlackRefused
from adapters.chats.slack.context import SlackContext
from adapters.chats.slack.outgoing.blocks import (
    MAX_MESSAGE_CHARS,
    Block,
    card_blocks,
    escape,
    fallback_text,
    section_block,
    truncate,
)
from bot.errors import TryAgain, Unsure
from bot.jobs.job import Place
from bot.notices.subscriptions import Notice
from bot.wording.cards import Card, DeskReply

NOTICE_EVENT_TYPE = "didtalk_notice"
MAX_HISTORY_PAGES = 5
# A message that was being posted appears within this time or never.
SEARCH_BEFORE_SECONDS, SEARCH_AFTER_SECONDS = 60.0, 300.0


def card_text(card: Card) -> str:
    """A card as text without buttons."""
    body = "\n".join(escape(line) for line in card.lines)
    return truncate(f"*{escape(card.title)}*\n{body}".strip(), MAX_MESSAGE_CHARS)


def shown_by_job_message(answer: DeskReply) -> bool:
    return bool(answer.jobs) and not answer.private


class SlackReplies:
    def __init__(self, context: SlackContext) -> None:
        self._context = context

    async def send_answer(self, place: Place, user: str, answer: DeskReply, url: str = "") -> None:
        """Send a reply, unless the job's status message replaces it."""
        if shown_by_job_message(answer):
            return
        if answer.private:
            await self._send_ephemeral(place, user, card_text(answer.card), url, card_blocks(answer.card))
        else:
            content = {"text": card_text(answer.card), "blocks": card_blocks(answer.card)}
            await self._context.call(place.workspace, "chat.postMessage", **content, **_thread_target(place))

    async def send_privately(self, place: Place, user: str, text: str, url: str = "") -> None:
        """Send one person a sentence where they acted, else by DM."""
        await self._send_ephemeral(place, user, escape(text), url)

    async def replace_question(self, answer: DeskReply, url: str) -> None:
        """A question that was answered goes away: a new job has its own message, anything else is told in its place."""
        if shown_by_job_message(answer):
            body: dict[str, Any] = {"delete_original": True}
        else:
            content = {"text": card_text(answer.card), "blocks": card_blocks(answer.card)}
            body = {"replace_original": True, **content}
        await self._context.api.respond(url, body)

    async def post_notice(self, notice: Notice, card: Card) -> str:
        metadata = {"event_type": NOTICE_EVENT_TYPE, "event_payload": {"notice": notice.key}}
        link = await self._link_to_video(notice)
        blocks = [*card_blocks(card), *([section_block(f"<{link}|Watch the video>")] if link else [])]
        given: dict[str, Any] = {"text": fallback_text(card), "blocks": blocks}
        given |= {"metadata": metadata, "unfurl_links": False}
        given["channel"] = notice.place.channel
        response = await self._context.call(notice.place.workspace, "chat.postMessage", **given)
        return f"{response['channel']}/{response['ts']}"

    async def _link_to_video(self, notice: Notice) -> str:
        """A link to the card that stands with the video; empty when Slack knows none."""
        job = await self._context.jobs.get(notice.job) if notice.job and notice.topic == "done" else None
        channel, _, ts = ((job and job.card_message) or "").partition("/")
        if job is None or not ts:
            return ""
        answer = await self._context.try_call(job.place.workspace, "chat.getPermalink", channel=channel, message_ts=ts)
        return str((answer or {}).get("permalink") or "")

    async def find_notice(self, notice: Notice) -> str | None:
        """Search the channel's history; without access, assume that the notice was posted."""
        # A record of ours would be missing if we crashed between the post and its write.
        try:
            async for each in messages_around(self._context, notice.place, notice.due_at, after=None):
                if ((each.get("metadata") or {}).get("event_payload") or {}).get("notice") == notice.key:
                    return f"{notice.place.channel}/{each['ts']}"
        except SlackRefused:
            return f"{notice.place.channel}/"
        return None

    async def send_about_channel(self, user: str, place: Place, sentence: str) -> None:
        """DM a person about a channel, which may be gone itself."""
        text = f"<#{place.channel}>: {escape(sentence)}"
        await self._context.call(place.workspace, "chat.postMessage", channel=user, text=text)

    async def _send_ephemeral(
        self, place: Place, user: str, text: str, url: str, blocks: list[Block] | None = None
    ) -> None:
        content: dict[str, Any] = {"text": text} | ({"blocks": blocks} if blocks else {})
        if url:
            body = {"response_type": "ephemeral", "replace_original": False, **content}
            try:
                await self._context.api.respond(url, body)
            except SlackRefused:
                pass  # expired, or used five times
            else:
                return
        if not place.private and place.channel != user:
            target = _thread_target(place)
            try:
                await self._context.call(place.workspace, "chat.postEphemeral", user=user, **content, **target)
            except SlackRefused:
                pass  # the bot or the person is not in that channel
            else:
                return
        channel = place.channel if place.private else user
        await self._context.call(place.workspace, "chat.postMessage", channel=channel, **content)


def _thread_target(place: Place) -> dict[str, str | None]:
    # An ephemeral message is invisible in a thread that does not exist yet.
    return {"channel": place.channel, "thread_ts": place.thread if place.thread != place.message else None}


async def messages_around(
    context: SlackContext, place: Place, since: float, after: float | None = SEARCH_AFTER_SECONDS
) -> AsyncIterator[dict[str, Any]]:
    """Messages posted around `since`; `after=None` means until now. SlackRefused without access."""
    method = "conversations.replies" if place.thread else "conversations.history"
    params: dict[str, Any] = {"channel": place.channel, "ts": place.thread or None, "limit": 200}
    params |= {"oldest": f"{max(0.0, since - SEARCH_BEFORE_SECONDS):.6f}", "include_all_metadata": True}
    params["latest"] = None if after is None else f"{since + after:.6f}"
    for _ in range(MAX_HISTORY_PAGES):
        try:
            page = await context.call(place.workspace, method, **params)
        except Unsure as lost:  # reading has no effect and can be repeated
            raise TryAgain(texts.NOT_CONNECTED) from lost
        for each in page.get("messages") or ():
            yield each
        params["cursor"] = (page.get("response_metadata") or {}).get("next_cursor") or None
        if not params["cursor"]:
            return
    raise Unsure("There are too many messages to search.")
