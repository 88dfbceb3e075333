"""The status message of a job: posted once, edited in place, and found again after a crash."""

from typing import Any

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.api import history
from adapters.chats.slack.api.client import JsonObject
from adapters.chats.slack.api.errors import (
    UNEDITABLE_CODES,
    UNRENDERABLE_CODES,
    UNTHREADABLE_CODES,
    SlackRefused,
    dm_reason,
)
from adapters.chats.slack.context import JOB_MESSAGE_PREFIX, SlackContext
from adapters.chats.slack.outgoing.blocks import card_blocks, fallback_text, with_line
from adapters.chats.slack.outgoing.mrkdwn import truncate
from bot.errors import TryAgain, Unsure
from bot.jobs.job import Job
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

EDIT_INTERVAL_SECONDS = 3.0  # between edits of a message, except the final one
MAX_EDITS_PER_MINUTE = 40  # per workspace; Slack allows 50
JOB_EVENT_TYPE = "didtalk_job"
MAX_PLAIN_CARD_CHARS = 2900


class JobMessages:
    def __init__(self, context: SlackContext) -> None:
        self._context = context
        self._edited_at: dict[str, float] = {}
        self._recent_edits: dict[str, list[float]] = {}

    async def show_card(self, job: Job, card: Card) -> str:
        if job.card_message and "/" in job.card_message:
            return await self.edit_card(job, card, job.card_message)
        stored = await self._context.load_value(f"{JOB_MESSAGE_PREFIX}{job.id}")
        if stored:
            found, certain = (stored.get("message"), True)
            if not found:
                found, certain = await self._find_posted(job, float(stored["posting_started_at"]))
            if found:
                return await self.edit_card(job, card, str(found))
            card = card if certain else with_line(card, texts.POSSIBLE_DUPLICATE)
        # Written before the post, so that after a crash we look for the message first.
        await self._context.save_value(f"{JOB_MESSAGE_PREFIX}{job.id}", {"posting_started_at": self._context.now()})
        try:
            message, reason = await self._post_card(job, card)
        except (SlackRefused, TryAgain):  # certainly not posted: restore the previous state
            await (
                self._context.save_value(f"{JOB_MESSAGE_PREFIX}{job.id}", stored)
                if stored
                else self._context.delete_value(f"{JOB_MESSAGE_PREFIX}{job.id}")
            )
            raise
        posted = {"posting_started_at": self._context.now(), "message": message, "dm_reason": reason}
        await self._context.save_value(f"{JOB_MESSAGE_PREFIX}{job.id}", posted)
        return message

    async def edit_card(self, job: Job, card: Card, message: str) -> str:
        """Update the message; a deleted one is ignored."""
        workspace = job.place.workspace
        if card.tone == "busy":
            self._limit_edits(workspace, message)
        channel, _, ts = message.partition("/")
        reason = await self._stored_dm_reason(job, channel)
        card = with_line(card, reason) if reason else card
        try:
            await self._send_card(workspace, "chat.update", card, channel=channel, ts=ts)
        except SlackRefused as no:
            if no.code not in UNEDITABLE_CODES:
                raise
            log.info("card no longer editable", job=job.id, code=no.code)
        if card.tone != "busy":
            if not reason:
                await self._context.delete_value(f"{JOB_MESSAGE_PREFIX}{job.id}")
            self._edited_at.pop(message, None)
        return message

    async def remove_card(self, job: Job) -> None:
        stored = await self._context.load_value(f"{JOB_MESSAGE_PREFIX}{job.id}") or {}
        message = job.card_message if job.card_message and "/" in job.card_message else stored.get("message")
        if message:
            channel, _, ts = str(message).partition("/")
            await self._context.try_call(job.place.workspace, "chat.delete", channel=channel, ts=ts)
        await self._context.delete_value(f"{JOB_MESSAGE_PREFIX}{job.id}")

    def _limit_edits(self, workspace: str, message: str) -> None:
        """Refuse an edit that is too soon; the next one will show more."""
        now = self._context.core.clock.monotonic()
        recent = [at for at in self._recent_edits.get(workspace, []) if at > now - 60]
        if (
            now - self._edited_at.get(message, float("-inf")) < EDIT_INTERVAL_SECONDS
            or len(recent) >= MAX_EDITS_PER_MINUTE
        ):
            raise TryAgain("The card was updated a moment ago.", EDIT_INTERVAL_SECONDS)
        self._edited_at[message] = now
        self._recent_edits[workspace] = [*recent, now]

    async def _stored_dm_reason(self, job: Job, channel: str) -> str:
        """Why the card was sent as a DM; shown after every edit."""
        if channel == job.place.channel:
            return ""
        return str((await self._context.load_value(f"{JOB_MESSAGE_PREFIX}{job.id}") or {}).get("dm_reason") or "")

    async def _post_card(self, job: Job, card: Card) -> tuple[str, str]:
        """The message id, and why it was sent as a DM if it was."""
        place = job.place
        target = {"channel": place.channel, "thread_ts": place.thread or None}
        try:
            return _message_id(await self._post_message(job, card, **target)), ""
        except SlackRefused as no:
            if no.code in UNTHREADABLE_CODES and place.thread:
                return await self._post_card(job.evolve(place=place.model_copy(update={"thread": ""})), card)
            if place.channel == job.asker.user:
                raise
            return await self._post_to_asker(job, card, no)

    async def _post_to_asker(self, job: Job, card: Card, refusal: SlackRefused) -> tuple[str, str]:
        """DM the card to the asker, whatever the reason."""
        line = dm_reason(refusal.code, private=job.place.private)
        try:
            response = await self._post_message(job, with_line(card, line), channel=job.asker.user)
        except SlackRefused:
            raise refusal from None
        return _message_id(response), line

    async def _post_message(self, job: Job, card: Card, **target: Any) -> JsonObject:
        metadata = {"event_type": JOB_EVENT_TYPE, "event_payload": {"job": job.id}}
        return await self._send_card(
            job.place.workspace, "chat.postMessage", card, metadata=metadata, unfurl_links=False, **target
        )

    async def _send_card(self, workspace: str, method: str, card: Card, **params: Any) -> JsonObject:
        """Send with blocks, or as plain text if Slack rejects them."""
        try:
            return await self._context.call(
                workspace, method, text=fallback_text(card), blocks=card_blocks(card), **params
            )
        except SlackRefused as no:
            if no.code not in UNRENDERABLE_CODES:
                raise
            log.error("card blocks rejected", code=no.code, method=method)
            return await self._context.call(
                workspace, method, text=truncate(fallback_text(card), MAX_PLAIN_CARD_CHARS), blocks=[], **params
            )

    async def _find_posted(self, job: Job, since: float) -> tuple[str | None, bool]:
        """The message posted before a crash, and whether its absence is certain (we may lack access to the history)."""
        try:
            async for each in history.messages_around(self._context, job.place, since):
                if job_of_message(each) == job.id:
                    return f"{job.place.channel}/{each['ts']}", True
        except (SlackRefused, Unsure) as trouble:
            log.warning("card not looked up", job=job.id, why=trouble.sentence)
            return None, False
        return None, True


def _message_id(response: JsonObject) -> str:
    return f"{response['channel']}/{response['ts']}"


def job_of_message(message: dict[str, Any]) -> str | None:
    """The job of a message of ours."""
    marked = (message.get("metadata") or {}).get("event_payload") or {}
    if isinstance(marked.get("job"), str):
        return str(marked["job"])
    for block in message.get("blocks") or ():
        for element in block.get("elements") or ():
            if str(element.get("action_id", "")).startswith("didtalk:") and element.get("value"):
                return str(element["value"])
    return None
