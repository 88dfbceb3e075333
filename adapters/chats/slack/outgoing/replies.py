"""Answers to people: privately where they asked, by whatever way Slack still lets us."""

import re

from adapters.chats.slack.api.errors import Said
from adapters.chats.slack.context import Inside
from adapters.chats.slack.outgoing.blocks import TEXT
from adapters.chats.slack.outgoing.mrkdwn import clip, escape
from bot.jobs.asker import Place
from bot.wording.answer import Answer
from bot.wording.cards import Card

_COLUMNS = re.compile(r"\S {2,}\S")


def words_of(card: Card) -> str:
    """A card as one message without buttons; columns stay columns."""
    lines = [escape(line) for line in card.lines]
    body = "\n".join(lines)
    if any(_COLUMNS.search(line) for line in card.lines):
        body = f"```\n{clip(body, TEXT - 200)}\n```"
    return clip(f"*{escape(card.title)}*\n{body}".strip(), TEXT)


def speaks_for_itself(answer: Answer) -> bool:
    """Whether the job's own message says what there is to say."""
    return bool(answer.jobs) and not answer.private


class Replies:
    """Tells one person something, or everybody in a place."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside

    async def answer(self, place: Place, user: str, answer: Answer, url: str = "") -> None:
        """What the desk says, unless the job's message says it."""
        if speaks_for_itself(answer):
            return
        if answer.private:
            await self._privately(place, user, words_of(answer.card), url)
        else:
            await self._in.call(place.workspace, "chat.postMessage", text=words_of(answer.card), **_where(place))

    async def whisper(self, place: Place, user: str, text: str, url: str = "", about: str = "") -> None:
        """A sentence for one person: where they acted, else in their own conversation; `about` names a channel."""
        await self._privately(place, user, f"<#{about}>: {escape(text)}" if about else escape(text), url)

    async def _privately(self, place: Place, user: str, text: str, url: str) -> None:
        if url:
            body = {"response_type": "ephemeral", "replace_original": False, "text": text}
            try:
                return await self._in.wire.respond(url, body)
            except Said:
                pass  # good for half an hour and five answers
        if not place.private and place.channel != user:
            try:
                await self._in.call(place.workspace, "chat.postEphemeral", user=user, text=text, **_where(place))
                return None
            except Said:
                pass  # not in that channel, or gone from it
        channel = place.channel if place.private else user
        await self._in.call(place.workspace, "chat.postMessage", channel=channel, text=text)
        return None


def _where(place: Place) -> dict[str, str | None]:
    # An ephemeral message shows in a thread only once there is one; `message` is where a new one would begin.
    return {"channel": place.channel, "thread_ts": place.thread if place.thread != place.message else None}
