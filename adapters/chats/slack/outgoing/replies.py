"""Replies to people, privately by whatever method still works."""

import re

from adapters.chats.slack.api.errors import SlackRefused
from adapters.chats.slack.context import SlackContext
from adapters.chats.slack.outgoing.blocks import MAX_MESSAGE_CHARS
from adapters.chats.slack.outgoing.mrkdwn import escape, truncate
from bot.jobs.asker import Place
from bot.wording.cards import Card, DeskReply

_COLUMN_GAP = re.compile(r"\S {2,}\S")


def card_text(card: Card) -> str:
    """A card as text without buttons; columns stay aligned."""
    lines = [escape(line) for line in card.lines]
    body = "\n".join(lines)
    if any(_COLUMN_GAP.search(line) for line in card.lines):
        body = f"```\n{truncate(body, MAX_MESSAGE_CHARS - 200)}\n```"
    return truncate(f"*{escape(card.title)}*\n{body}".strip(), MAX_MESSAGE_CHARS)


def shown_by_job_message(answer: DeskReply) -> bool:
    """Whether the job's status message replaces a reply."""
    return bool(answer.jobs) and not answer.private


class SlackReplies:
    def __init__(self, context: SlackContext) -> None:
        self._context = context

    async def send_answer(self, place: Place, user: str, answer: DeskReply, url: str = "") -> None:
        """Send a reply, unless the job's status message replaces it."""
        if shown_by_job_message(answer):
            return
        if answer.private:
            await self._send_ephemeral(place, user, card_text(answer.card), url)
        else:
            await self._context.call(
                place.workspace, "chat.postMessage", text=card_text(answer.card), **_thread_target(place)
            )

    async def send_privately(self, place: Place, user: str, text: str, url: str = "", about: str = "") -> None:
        """Send one person a sentence where they acted, else by DM; `about` names a channel."""
        await self._send_ephemeral(place, user, f"<#{about}>: {escape(text)}" if about else escape(text), url)

    async def _send_ephemeral(self, place: Place, user: str, text: str, url: str) -> None:
        if url:
            body = {"response_type": "ephemeral", "replace_original": False, "text": text}
            try:
                return await self._context.api.respond(url, body)
            except SlackRefused:
                pass  # expired, or used five times
        if not place.private and place.channel != user:
            try:
                await self._context.call(
                    place.workspace, "chat.postEphemeral", user=user, text=text, **_thread_target(place)
                )
                return None
            except SlackRefused:
                pass  # the bot or the person is not in that channel
        channel = place.channel if place.private else user
        await self._context.call(place.workspace, "chat.postMessage", channel=channel, text=text)
        return None


def _thread_target(place: Place) -> dict[str, str | None]:
    # An ephemeral message is invisible in a thread that does not exist yet.
    return {"channel": place.channel, "thread_ts": place.thread if place.thread != place.message else None}
