"""The one message that shows how a job stands: posted once, edited in place, and found again after a crash."""

from typing import Any

import structlog

from adapters.chats.slack import words
from adapters.chats.slack.blocks import blocks_of, text_of, with_line
from adapters.chats.slack.faults import GONE, Said
from adapters.chats.slack.inside import Inside
from adapters.chats.slack.wire import Reply
from bot.cards import Card
from bot.clock import steady
from bot.errors import TryAgain
from bot.jobs import Job

log = structlog.get_logger(__name__)

BETWEEN = 3.0  # seconds between two edits of one message, unless it says how the job ended
EDITS = 40  # a minute and workspace; Slack allows 50 for all channels together
EVENT = "didtalk_job"
_LOST = {"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found", "is_archived"}


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
        found = known and (known.get("message") or await self._look(job, float(known["at"])))
        if found:
            return await self.edit(job, card, str(found))
        # Written before the post: after a crash in between, look before posting again.
        await self._in.put(f"card:{job.id}", {"at": self._in.door.clock.now()})
        message = await self._post(job, card)
        await self._in.put(f"card:{job.id}", {"at": self._in.door.clock.now(), "message": message})
        return message

    async def edit(self, job: Job, card: Card, message: str) -> str:
        """Let the message say something else; one that somebody took away is let go."""
        workspace = job.place.workspace
        if card.tone == "busy":
            self._slowly(workspace, message)
        channel, _, ts = message.partition("/")
        try:
            await self._in.call(
                workspace, "chat.update", channel=channel, ts=ts, text=text_of(card), blocks=blocks_of(card)
            )
        except Said as said:
            if said.code not in _LOST:
                raise
            log.info("the card is gone", job=job.id, code=said.code)
        if card.tone != "busy":
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

    async def _post(self, job: Job, card: Card) -> str:
        place = job.place
        where = {"channel": place.channel, "thread_ts": place.thread or None}
        try:
            said = await self._say(job, card, **where)
        except Said as no:
            if place.channel == job.asker.user or no.code not in GONE | {"thread_not_found"}:
                raise
            if no.code == "thread_not_found":
                said = await self._say(job, card, channel=place.channel)
            else:
                said = await self._say(job, with_line(card, words.INVITE), channel=job.asker.user)
        return f"{said['channel']}/{said['ts']}"

    async def _say(self, job: Job, card: Card, **where: Any) -> Reply:
        mark = {"event_type": EVENT, "event_payload": {"job": job.id}}
        given = {"text": text_of(card), "blocks": blocks_of(card), "metadata": mark, "unfurl_links": False}
        return await self._in.call(job.place.workspace, "chat.postMessage", **given, **where)

    async def _look(self, job: Job, since: float) -> str | None:
        """A message that was posted before a crash; where history is closed to us, none."""
        place = job.place
        method = "conversations.replies" if place.thread else "conversations.history"
        given = {"channel": place.channel, "ts": place.thread or None, "oldest": f"{since - 60:.6f}"}
        try:
            found = await self._in.call(place.workspace, method, limit=200, include_all_metadata=True, **given)
        except Said as said:
            log.warning("cannot look for a card", job=job.id, code=said.code)
            return None
        ours = (each for each in found.get("messages", ()) if job_of(each) == job.id)
        return next((f"{place.channel}/{each['ts']}" for each in ours), None)


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
