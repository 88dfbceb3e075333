"""Posts videos exactly once: the upload is recorded before it is posted, and looked up before it is repeated."""

from datetime import UTC, datetime

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import UNTHREADABLE_CODES, SlackRefused, dm_reason
from adapters.chats.slack.api.upload import complete_upload, upload_file
from adapters.chats.slack.context import DELIVERY_PREFIX, JOB_OF_FILE_PREFIX, SlackContext
from adapters.chats.slack.outgoing.blocks import fallback_text, with_line
from adapters.chats.slack.outgoing.job_message import JobMessages
from bot.chats.chat import VideoFiles
from bot.chats.installations import Installation
from bot.desk.chat_context import FILE_LINK_LIFETIME_SECONDS
from bot.errors import Refused, Trouble, TryAgain, Unsure
from bot.jobs.job import Job
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

MAX_SLACK_FILE_BYTES = 1_000_000_000
FILE_GONE_CODES = {"file_not_found", "file_deleted"}
UPLOAD_SETTLE_SECONDS = 60.0  # a file not posted by then never will be


class SlackDelivery:
    def __init__(self, context: SlackContext, job_messages: JobMessages) -> None:
        self._context = context
        self._job_messages = job_messages

    async def deliver(self, job: Job, card: Card, parcel: VideoFiles) -> str:
        """Post the video; returns "channel/file"."""
        installation = await self._context.workspaces.require_installation(job.place.workspace)
        try:
            files = await self._upload_files(installation, job, card, parcel)
            channel = await self._share_files(installation, job, card, files)
        except SlackRefused as no:
            log.warning("video not posted", job=job.id, code=no.code)
            return await self._post_link(job, card, parcel, no.code)
        await self._queue_followup(job)
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
            await self._queue_followup(job)
            return f"{channel}/{file}"
        # A negative age means that the clock was set back.
        if 0 <= self._context.now() - float(stored["uploaded_at"]) < UPLOAD_SETTLE_SECONDS:
            raise Unsure(texts.RESPONSE_LOST)
        # Deleting the file makes sure that it cannot appear later, so that a new post is safe.
        for each in stored["files"]:
            await self._context.try_call(job.place.workspace, "files.delete", file=each)
        return None

    async def remove_files(self, job: Job) -> None:
        """Delete the posted files and their messages."""
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

    async def _upload_files(
        self, installation: Installation, job: Job, card: Card, parcel: VideoFiles
    ) -> list[dict[str, str]]:
        if job.stored_video and (job.stored_video.size or 0) > MAX_SLACK_FILE_BYTES:
            raise SlackRefused("file_too_large")
        video = await upload_file(self._context.api, installation.token, parcel.video, parcel.name, card.alt_text)
        files = [{"id": video, "title": parcel.name}]
        if parcel.captions:
            name = f"{parcel.name.rpartition('.')[0]}.srt"
            try:
                files.append(
                    {
                        "id": await upload_file(self._context.api, installation.token, parcel.captions, name),
                        "title": name,
                    }
                )
            except Trouble as trouble:
                log.info("captions not posted", job=job.id, why=trouble.sentence)
        ids = [each["id"] for each in files]
        await self._context.save_value(f"{JOB_OF_FILE_PREFIX}{video}", job.id)  # for reactions to the video
        await self._context.save_value(f"{DELIVERY_PREFIX}{job.id}", {"files": ids, "uploaded_at": self._context.now()})
        return files

    async def _share_files(self, installation: Installation, job: Job, card: Card, files: list[dict[str, str]]) -> str:
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
            await complete_upload(self._context.api, installation.token, files, **target)
        except SlackRefused as no:
            if no.code == "file_not_found":  # never visible, so a new upload is no duplicate
                raise TryAgain("Slack lost the upload.") from no
            if no.code in UNTHREADABLE_CODES and thread:
                await complete_upload(self._context.api, installation.token, files, **target | {"thread_ts": None})
                return channel
            if no.code in texts.UPLOAD_REFUSAL_REASONS or not is_own_channel or channel == job.asker.user:
                raise
            return await self._share_with_asker(installation, job, card, files, no)
        return channel

    async def _share_with_asker(
        self, installation: Installation, job: Job, card: Card, files: list[dict[str, str]], refusal: SlackRefused
    ) -> str:
        """DM the video to the asker, whatever the reason."""
        user = job.asker.user
        comment = fallback_text(with_line(card, dm_reason(refusal.code, private=job.place.private)), user)
        try:
            await complete_upload(self._context.api, installation.token, files, channels=user, initial_comment=comment)
        except SlackRefused as too:
            raise too if too.code in texts.UPLOAD_REFUSAL_REASONS else refusal from None
        return user

    async def _post_link(self, job: Job, card: Card, parcel: VideoFiles, why: str) -> str:
        """Post a temporary link in place of the file."""
        link = self._context.core.public_link(parcel.video.name, parcel.name)
        if link is None:
            raise Refused(texts.VIDEO_UNDELIVERABLE.format(why=_refusal_reason(why)))
        until = datetime.fromtimestamp(self._context.now() + FILE_LINK_LIFETIME_SECONDS, UTC).strftime("%d %B %Y")
        line = texts.VIDEO_AS_LINK.format(why=_refusal_reason(why), until=until, link=link)
        shown = await self._job_messages.show_card(job, with_line(card, line))
        await self._context.enqueue_job_event("notify_asker", job, line)
        return shown

    async def _queue_followup(self, job: Job) -> None:
        """Update the card and the reactions, even after a crash."""
        await self._context.enqueue_job_event("show_delivered", job)


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
