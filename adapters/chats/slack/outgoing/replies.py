"""Answers to people: privately where they asked, by whatever way Slack still lets us."""

import re

from adapters.chats.slack.api.errors import SlackRefused
from adapters.chats.slack.context import SlackContext
from adapters.chats.slack.outgoing.blocks import MAX_MESSAGE_CHARS
from adapters.chats.slack.outgoing.mrkdwn import escape, truncate
from bot.jobs.asker import Place
from bot.wording.cards import Card, DeskReply

_COLUMN_GAP = re.compile(r"\S {2,}\S")


def card_text(card: Card) -> str:
    """A card as one message without buttons; columns stay columns."""
    lines = [escape(line) for line in card.lines]
    body = "\n".join(lines)
    if any(_COLUMN_GAP.search(line) for line in card.lines):
        body = f"```\n{truncate(body, MAX_MESSAGE_CHARS - 200)}\n```"
    return truncate(f"*{escape(card.title)}*\n{body}".strip(), MAX_MESSAGE_CHARS)


def shown_by_job_message(answer: DeskReply) -> bool:
    """Whether the job's own message says what there is to say."""
    return bool(answer.jobs) and not answer.private


class SlackReplies:
    """Tells one person something, or everybody in a place."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context

    async def send_answer(self, place: Place, user: str, answer: DeskReply, url: str = "") -> None:
        """What the desk says, unless the job's message says it."""
        if shown_by_job_message(answer):
            return
        if answer.private:
            await self._send_ephemeral(place, user, card_text(answer.card), url)
        else:
            await self._context.call(
                place.workspace, "chat.postMessage", text=card_text(answer.card), **_thread_target(place)
            )

    async def send_privately(self, place: Place, user: str, text: str, url: str = "", about: str = "") -> None:
        """A sentence for one person: where they acted, else in their own conversation; `about` names a channel."""
        await self._send_ephemeral(place, user, f"<#{about}>: {escape(text)}" if about else escape(text), url)

    async def _send_ephemeral(self, place: Place, user: str, text: str, url: str) -> None:
        if url:
            body = {"response_type": "ephemeral", "replace_original": False, "text": text}
            try:
                return await self._context.api.respond(url, body)
            except SlackRefused:
                pass  # good for half an hour and five answers
        if not place.private and place.channel != user:
            try:
                await self._context.call(
                    place.workspace, "chat.postEphemeral", user=user, text=text, **_thread_target(place)
                )
                return None
            except SlackRefused:
                pass  # not in that channel, or gone from it
        channel = place.channel if place.private else user
        await self._context.call(place.workspace, "chat.postMessage", channel=channel, text=text)
        return None


def _thread_target(place: Place) -> dict[str, str | None]:
    # An ephemeral message shows in a thread only once there is one; `message` is where a new one would begin.
    return {"channel": place.channel, "thread_ts": place.thread if place.thread != place.message else None}
