"""The one message that shows how a job stands: posted once, edited in place, and found again after a crash."""

from typing import Any

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.api import history
from adapters.chats.slack.api.client import Reply
from adapters.chats.slack.api.errors import LOST, UNDRAWN, UNTHREADED, Said, aside
from adapters.chats.slack.context import Inside
from adapters.chats.slack.outgoing.blocks import blocks_of, text_of, with_line
from adapters.chats.slack.outgoing.mrkdwn import clip
from bot.errors import TryAgain, Unsure
from bot.jobs.job import Job
from bot.runtime.clock import steady
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

BETWEEN = 3.0  # seconds between two edits of one message, unless it says how the job ended
EDITS = 40  # a minute and workspace; Slack allows 50 for all channels together
EVENT = "didtalk_job"
PLAIN = 2900  # characters of a card that Slack will not draw


class Status:
    """Shows cards."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside
        self._edited: dict[str, float] = {}
        self._minute: dict[str, list[float]] = {}

    async def show(self, job: Job, card: Card) -> str:
        """Post the job's message, or edit the one it has."""
        if job.card and "/" in job.card:
            return await self.edit(job, card, job.card)
        known = await self._in.note(f"card:{job.id}")
        if known:
            found, sure = (known.get("message"), True)
            if not found:
                found, sure = await self._look(job, float(known["at"]))
            if found:
                return await self.edit(job, card, str(found))
            card = card if sure else with_line(card, texts.TWICE)
        # Written before the post: after a crash in between, look before posting again.
        await self._in.put(f"card:{job.id}", {"at": self._in.door.clock.now()})
        try:
            message, aside = await self._post(job, card)
        except (Said, TryAgain):  # certainly not posted: only what was in doubt before still is
            await (self._in.put(f"card:{job.id}", known) if known else self._in.drop(f"card:{job.id}"))
            raise
        note = {"at": self._in.door.clock.now(), "message": message, "aside": aside}
        await self._in.put(f"card:{job.id}", note)
        return message

    async def edit(self, job: Job, card: Card, message: str) -> str:
        """Let the message say something else; one that somebody took away is let go."""
        workspace = job.place.workspace
        if card.tone == "busy":
            self._slowly(workspace, message)
        channel, _, ts = message.partition("/")
        aside = await self._aside(job, channel)
        card = with_line(card, aside) if aside else card
        try:
            await self._drawn(workspace, "chat.update", card, channel=channel, ts=ts)
        except Said as said:
            if said.code not in LOST:
                raise
            log.info("the card is gone", job=job.id, code=said.code)
        if card.tone != "busy":
            if not aside:
                await self._in.drop(f"card:{job.id}")
            self._edited.pop(message, None)
        return message

    async def remove(self, job: Job) -> None:
        """Take the message away."""
        note = await self._in.note(f"card:{job.id}") or {}
        message = job.card if job.card and "/" in job.card else note.get("message")
        if message:
            channel, _, ts = str(message).partition("/")
            await self._in.quietly(job.place.workspace, "chat.delete", channel=channel, ts=ts)
        await self._in.drop(f"card:{job.id}")

    def _slowly(self, workspace: str, message: str) -> None:
        """What is shown next says more; a card that flickers, or a spent rate, serves nobody."""
        now = steady(self._in.door.clock)
        recent = [at for at in self._minute.get(workspace, []) if at > now - 60]
        if now - self._edited.get(message, float("-inf")) < BETWEEN or len(recent) >= EDITS:
            raise TryAgain("The card was changed a moment ago.", BETWEEN)
        self._edited[message] = now
        self._minute[workspace] = [*recent, now]

    async def _aside(self, job: Job, channel: str) -> str:
        """Why the card is not where it was asked for: said for as long as it stands."""
        if channel == job.place.channel:
            return ""
        return str((await self._in.note(f"card:{job.id}") or {}).get("aside") or "")

    async def _post(self, job: Job, card: Card) -> tuple[str, str]:
        """Where the card is now, and why it is not where it belongs."""
        place = job.place
        where = {"channel": place.channel, "thread_ts": place.thread or None}
        try:
            return _at(await self._say(job, card, **where)), ""
        except Said as no:
            if no.code in UNTHREADED and place.thread:
                return await self._post(job.but(place=place.model_copy(update={"thread": ""})), card)
            if place.channel == job.asker.user:
                raise
            return await self._alone(job, card, no)

    async def _alone(self, job: Job, card: Card, no: Said) -> tuple[str, str]:
        """Whatever Slack calls it: where the card may not be, its asker gets it."""
        line = aside(no.code, private=job.place.private)
        try:
            said = await self._say(job, with_line(card, line), channel=job.asker.user)
        except Said:
            raise no from None
        return _at(said), line

    async def _say(self, job: Job, card: Card, **where: Any) -> Reply:
        mark = {"event_type": EVENT, "event_payload": {"job": job.id}}
        return await self._drawn(
            job.place.workspace, "chat.postMessage", card, metadata=mark, unfurl_links=False, **where
        )

    async def _drawn(self, workspace: str, method: str, card: Card, **given: Any) -> Reply:
        """A message with its blocks; in plain words when Slack does not take them."""
        try:
            return await self._in.call(workspace, method, text=text_of(card), blocks=blocks_of(card), **given)
        except Said as said:
            if said.code not in UNDRAWN:
                raise
            log.error("Slack does not draw a card", code=said.code, method=method)
            return await self._in.call(workspace, method, text=clip(text_of(card), PLAIN), blocks=[], **given)

    async def _look(self, job: Job, since: float) -> tuple[str | None, bool]:
        """A message that was posted before a crash, and whether its absence is certain: history may be closed to us."""
        try:
            async for each in history.said(self._in, job.place, since):
                if job_of(each) == job.id:
                    return f"{job.place.channel}/{each['ts']}", True
        except (Said, Unsure) as trouble:
            log.warning("cannot look for a card", job=job.id, why=trouble.sentence)
            return None, False
        return None, True


def _at(said: Reply) -> str:
    return f"{said['channel']}/{said['ts']}"


def job_of(message: dict[str, Any]) -> str | None:
    """The job that a message of ours shows."""
    marked = (message.get("metadata") or {}).get("event_payload") or {}
    if isinstance(marked.get("job"), str):
        return str(marked["job"])
    for block in message.get("blocks") or ():
        for element in block.get("elements") or ():
            if str(element.get("action_id", "")).startswith("didtalk:") and element.get("value"):
                return str(element["value"])
    return None
