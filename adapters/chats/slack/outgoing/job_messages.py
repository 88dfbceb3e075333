"""A job's messages: its card, posted once and edited in place, and its video, posted exactly once.

Both are recorded before they are posted, and looked up before a post is repeated.
"""

from datetime import UTC, datetime
from typing import Any

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.client import (
    UNEDITABLE_CODES,
    UNRENDERABLE_CODES,
    UNTHREADABLE_CODES,
    JsonObject,
    SlackRefused,
    dm_reason,
)
from adapters.chats.slack.context import DELIVERY_PREFIX, JOB_MESSAGE_PREFIX, JOB_OF_FILE_PREFIX, SlackContext
from adapters.chats.slack.incoming.messages import job_of_message
from adapters.chats.slack.outgoing.blocks import card_blocks, fallback_text, truncate, with_line
from adapters.chats.slack.outgoing.replies import messages_around
from bot.chats.chat import VideoFiles
from bot.desk.chat_context import FILE_LINK_LIFETIME_SECONDS
from bot.errors import Refused, Trouble, TryAgain, Unsure
from bot.jobs.job import Job
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

EDIT_INTERVAL_SECONDS = 3.0  # between edits of a message, except the final one
MAX_EDITS_PER_MINUTE = 40  # per workspace; Slack allows 50
JOB_EVENT_TYPE = "didtalk_job"
MAX_PLAIN_CARD_CHARS = 2900
MAX_SLACK_FILE_BYTES = 1_000_000_000
FILE_GONE_CODES = {"file_not_found", "file_deleted"}
UPLOAD_SETTLE_SECONDS = 60.0  # a file not posted by then never will be


class JobMessages:
    def __init__(self, context: SlackContext) -> None:
        self._context = context
        self._edited_at: dict[str, float] = {}
        self._recent_edits: dict[str, list[float]] = {}

    async def show_card(self, job: Job, card: Card) -> str:
        if job.card_message and "/" in job.card_message:
            return await self.edit_card(job, card, job.card_message)
        key = f"{JOB_MESSAGE_PREFIX}{job.id}"
        if stored := await self._context.load_value(key):
            found, certain = stored.get("message"), True
            if not found:
                found, certain = await self._find_posted(job, float(stored["posting_started_at"]))
            if found:
                return await self.edit_card(job, card, str(found))
            card = card if certain else with_line(card, texts.POSSIBLE_DUPLICATE)
        # Written before the post, so that after a crash we look for the message first.
        await self._context.save_value(key, {"posting_started_at": self._context.now()})
        try:
            message, reason = await self._post_card(job, card)
        except (SlackRefused, TryAgain):  # certainly not posted: restore the previous state
            if stored:
                await self._context.save_value(key, stored)
            else:
                await self._context.delete_value(key)
            raise
        posted = {"posting_started_at": self._context.now(), "message": message, "dm_reason": reason}
        await self._context.save_value(key, posted)
        return message

    async def edit_card(self, job: Job, card: Card, message: str) -> str:
        """Update the message; a deleted one is ignored."""
        workspace = job.place.workspace
        if card.tone == "busy":
            self._limit_edits(workspace, message)
        channel, _, ts = message.partition("/")
        reason = ""  # why the card was sent as a DM; shown after every edit
        if channel != job.place.channel:
            stored = await self._context.load_value(f"{JOB_MESSAGE_PREFIX}{job.id}") or {}
            reason = str(stored.get("dm_reason") or "")
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
        too_soon = now - self._edited_at.get(message, float("-inf")) < EDIT_INTERVAL_SECONDS
        if too_soon or len(recent) >= MAX_EDITS_PER_MINUTE:
            raise TryAgain("The card was updated a moment ago.", EDIT_INTERVAL_SECONDS)
        self._edited_at[message] = now
        self._recent_edits[workspace] = [*recent, now]

    async def _post_card(self, job: Job, card: Card) -> tuple[str, str]:
        """The message id, and why it was sent as a DM if it was."""
        place = job.place
        target = {"channel": place.channel, "thread_ts": place.thread or None}
        try:
            return await self._post_message(job, card, **target), ""
        except SlackRefused as no:
            if no.code in UNTHREADABLE_CODES and place.thread:
                return await self._post_card(job.evolve(place=place.model_copy(update={"thread": ""})), card)
            if place.channel == job.asker.user:
                raise
            line = dm_reason(no.code, private=place.private)
            try:
                return await self._post_message(job, with_line(card, line), channel=job.asker.user), line
            except SlackRefused:
                raise no from None

    async def _post_message(self, job: Job, card: Card, **target: Any) -> str:
        params = {"metadata": {"event_type": JOB_EVENT_TYPE, "event_payload": {"job": job.id}}, "unfurl_links": False}
        response = await self._send_card(job.place.workspace, "chat.postMessage", card, **params, **target)
        return f"{response['channel']}/{response['ts']}"

    async def _send_card(self, workspace: str, method: str, card: Card, **params: Any) -> JsonObject:
        """Send with blocks, or as plain text if Slack rejects them."""
        text = fallback_text(card)
        try:
            return await self._context.call(workspace, method, text=text, blocks=card_blocks(card), **params)
        except SlackRefused as no:
            if no.code not in UNRENDERABLE_CODES:
                raise
            log.error("card blocks rejected", code=no.code, method=method)
            text = truncate(text, MAX_PLAIN_CARD_CHARS)
            return await self._context.call(workspace, method, text=text, blocks=[], **params)

    async def _find_posted(self, job: Job, since: float) -> tuple[str | None, bool]:
        """The message posted before a crash, and whether its absence is certain (we may lack access to the history)."""
        try:
            async for each in messages_around(self._context, job.place, since):
                if job_of_message(each) == job.id:
                    return f"{job.place.channel}/{each['ts']}", True
        except (SlackRefused, Unsure) as trouble:
            log.warning("card not looked up", job=job.id, why=trouble.sentence)
            return None, False
        return None, True


class SlackDelivery:
    def __init__(self, context: SlackContext, job_messages: JobMessages) -> None:
        self._context = context
        self._job_messages = job_messages

    async def deliver(self, job: Job, card: Card, parcel: VideoFiles) -> str:
        """Post the video; returns "channel/file"."""
        try:
            files = await self._upload_files(job, card, parcel)
            channel = await self._share_files(job, card, files)
        except SlackRefused as no:
            log.warning("video not posted", job=job.id, code=no.code)
            return await self._post_link(job, card, parcel, no.code)
        # Updates the card and the reactions, even after a crash.
        await self._context.enqueue_job_event("show_delivered", job)
        return f"{channel}/{files[0]['id']}"

    async def find_delivery(self, job: Job) -> str | None:
        """The post whose response was lost; None if there certainly is none."""
        stored = await self._context.load_value(f"{DELIVERY_PREFIX}{job.id}")
        if not stored:
            return None
        file = str(stored["files"][0])
        try:
            info = (await self._context.call(job.place.workspace, "files.info", file=file))["file"]
        except SlackRefused as no:
            if no.code not in FILE_GONE_CODES:  # a refused look-up proves nothing
                raise Unsure(texts.RESPONSE_LOST) from no
            return None  # never completed, so never visible
        if channel := _shared_channel(info):
            await self._context.enqueue_job_event("show_delivered", job)
            return f"{channel}/{file}"
        # A negative age means that the clock was set back.
        if 0 <= self._context.now() - float(stored["uploaded_at"]) < UPLOAD_SETTLE_SECONDS:
            raise Unsure(texts.RESPONSE_LOST)
        # Deleting the file makes sure that it cannot appear later, so that a new post is safe.
        for each in stored["files"]:
            await self._context.try_call(job.place.workspace, "files.delete", file=each)
        return None

    async def remove_files(self, job: Job) -> None:
        stored = await self._context.load_value(f"{DELIVERY_PREFIX}{job.id}") or {}
        posted = (job.video_message or "").partition("/")[2]
        for file in stored.get("files") or ([posted] if posted.startswith("F") else []):
            await self._remove_file(job, file)
        await self._context.delete_value(f"{DELIVERY_PREFIX}{job.id}")

    async def _remove_file(self, job: Job, file: str) -> None:
        workspace = job.place.workspace
        info = await self._context.try_call(workspace, "files.info", file=file)
        await self._context.try_call(workspace, "files.delete", file=file)
        for channel, ts in _share_locations((info or {}).get("file", {})):
            await self._context.try_call(workspace, "chat.delete", channel=channel, ts=ts)
        await self._context.delete_value(f"{JOB_OF_FILE_PREFIX}{file}")

    async def _upload_files(self, job: Job, card: Card, parcel: VideoFiles) -> list[dict[str, str]]:
        token = (await self._context.workspaces.require_installation(job.place.workspace)).token
        if job.stored_video and (job.stored_video.size or 0) > MAX_SLACK_FILE_BYTES:
            raise SlackRefused("file_too_large")
        video = await self._context.api.upload_file(token, parcel.video, parcel.name, card.alt_text)
        files = [{"id": video, "title": parcel.name}]
        if parcel.captions:
            name = f"{parcel.name.rpartition('.')[0]}.srt"
            try:
                captions = await self._context.api.upload_file(token, parcel.captions, name)
            except Trouble as trouble:
                log.info("captions not posted", job=job.id, why=trouble.sentence)
            else:
                files.append({"id": captions, "title": name})
        ids = [each["id"] for each in files]
        await self._context.save_value(f"{JOB_OF_FILE_PREFIX}{video}", job.id)  # for reactions to the video
        await self._context.save_value(f"{DELIVERY_PREFIX}{job.id}", {"files": ids, "uploaded_at": self._context.now()})
        return files

    async def _share_files(self, job: Job, card: Card, files: list[dict[str, str]]) -> str:
        """Post in the card's channel and thread, else DM the asker."""
        channel, _, ts = (job.card_message or "").partition("/")
        channel = channel if ts else job.place.channel
        is_own_channel = channel == job.place.channel
        thread = (job.place.thread if is_own_channel else "") or (ts if not job.place.private else "")
        comment = fallback_text(card, job.asker.user)
        target = {"channel_id": channel, "thread_ts": thread or None, "initial_comment": comment}
        if channel.startswith(("U", "W")):
            target = {"channels": channel, "initial_comment": comment}
        try:
            await self._publish_files(job, files, **target)
        except SlackRefused as no:
            if no.code == "file_not_found":  # never visible, so a new upload is no duplicate
                raise TryAgain("Slack lost the upload.") from no
            if no.code in UNTHREADABLE_CODES and thread:
                await self._publish_files(job, files, **target | {"thread_ts": None})
                return channel
            if no.code in texts.UPLOAD_REFUSAL_REASONS or not is_own_channel or channel == job.asker.user:
                raise
            return await self._share_with_asker(job, card, files, no)
        return channel

    async def _share_with_asker(self, job: Job, card: Card, files: list[dict[str, str]], refusal: SlackRefused) -> str:
        """DM the video to the asker, whatever the reason."""
        user = job.asker.user
        comment = fallback_text(with_line(card, dm_reason(refusal.code, private=job.place.private)), user)
        try:
            await self._publish_files(job, files, channels=user, initial_comment=comment)
        except SlackRefused as too:
            raise too if too.code in texts.UPLOAD_REFUSAL_REASONS else refusal from None
        return user

    async def _publish_files(self, job: Job, files: list[dict[str, str]], **target: Any) -> None:
        """Post uploaded files; from this moment they are visible."""
        params = {"files": files, "seconds": 60.0} | target
        await self._context.call(job.place.workspace, "files.completeUploadExternal", **params)

    async def _post_link(self, job: Job, card: Card, parcel: VideoFiles, why: str) -> str:
        link = self._context.core.public_link(parcel.video.name, parcel.name)
        if link is None:
            raise Refused(texts.VIDEO_UNDELIVERABLE.format(why=_refusal_reason(why)))
        until = datetime.fromtimestamp(self._context.now() + FILE_LINK_LIFETIME_SECONDS, UTC).strftime("%d %B %Y")
        line = texts.VIDEO_AS_LINK.format(why=_refusal_reason(why), until=until, link=link)
        shown = await self._job_messages.show_card(job, with_line(card, line))
        await self._context.enqueue_job_event("notify_asker", job, line)
        return shown


def _refusal_reason(code: str) -> str:
    return texts.UPLOAD_REFUSAL_REASONS.get(code) or f"Slack reported “{code.replace('_', ' ')}”"


def _share_locations(file: dict[str, object]) -> list[tuple[str, str]]:
    shares = file.get("shares")
    sides = shares.values() if isinstance(shares, dict) else ()
    return [(channel, str(share["ts"])) for side in sides for channel, all_ in side.items() for share in all_]


def _shared_channel(file: dict[str, object]) -> str | None:
    """The channel a file was posted in; DMs are not in `shares`."""
    if places := _share_locations(file):
        return places[0][0]
    for field in ("channels", "groups", "ims"):
        if isinstance(channels := file.get(field), list) and channels:
            return str(channels[0])
    return None
