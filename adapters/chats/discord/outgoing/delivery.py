"""Delivers the video: as a file if it fits the upload limit, else smaller, else as a link."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from adapters.chats.discord import texts
from adapters.chats.discord.client.errors import AttachmentTooLarge
from adapters.chats.discord.context import DiscordContext, GetClient
from adapters.chats.discord.outgoing.cards import OutgoingMessage
from adapters.chats.discord.outgoing.sender import MessageSender
from bot.chats.chat import VideoFiles
from bot.desk.chat_context import FILE_LINK_LIFETIME_SECONDS
from bot.errors import Refused
from bot.jobs.job import Job
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

BASE_UPLOAD_BYTES = 10 * 1024 * 1024  # servers with boosts allow more

TranscodeVideo = Callable[[Path, int], Awaitable[Path | None]]


class VideoDelivery:
    def __init__(
        self, context: DiscordContext, sender: MessageSender, get_client: GetClient, transcode: TranscodeVideo
    ) -> None:
        self._context = context
        self._sender = sender
        self._get_client = get_client
        self._transcode = transcode

    async def deliver(self, job: Job, card: Card, files: VideoFiles) -> str:
        max_bytes = await self._max_upload_bytes(job)
        try:
            return await self._send_fitting(job, card, files, max_bytes)
        except AttachmentTooLarge:
            log.info("upload limit lower than stated", job=job.id, max_bytes=max_bytes)
        try:
            return await self._send_fitting(job, card, files, min(max_bytes - 1, BASE_UPLOAD_BYTES))
        except AttachmentTooLarge:
            return await self._send_link(job, card, files, BASE_UPLOAD_BYTES)

    async def _send_fitting(self, job: Job, card: Card, files: VideoFiles, max_bytes: int) -> str:
        video: Path | None = files.video
        if (await asyncio.to_thread(files.video.stat)).st_size > max_bytes:
            video = await self._transcode(files.video, max_bytes)
        if video is None:
            return await self._send_link(job, card, files, max_bytes)
        captions = files.captions
        if captions and not await asyncio.to_thread(captions.is_file):
            captions = None
        name = files.name if video is files.video else f"{files.name.rpartition('.')[0]}.mp4"
        try:
            return await self._send(job, OutgoingMessage(card, int(job.asker.user), video, name, captions))
        finally:
            if video is not files.video:
                await asyncio.to_thread(video.unlink, missing_ok=True)

    async def _send_link(self, job: Job, card: Card, files: VideoFiles, max_bytes: int) -> str:
        size = (await asyncio.to_thread(files.video.stat)).st_size
        core = self._context.core
        link = core.public_link(files.video.name, files.name)
        if link is None:
            raise Refused(texts.too_large_without_link(size, max_bytes))
        until = f"<t:{int(core.clock.now() + FILE_LINK_LIFETIME_SECONDS)}:f>"
        text = texts.too_large(size, max_bytes, link, until)
        return await self._send(job, OutgoingMessage(card, int(job.asker.user), heading=text))  # links work only there

    async def _send(self, job: Job, outgoing: OutgoingMessage) -> str:
        return await self._sender.send_message(job, outgoing, f"v{job.id}")

    async def _max_upload_bytes(self, job: Job) -> int:
        """The person's limit while the token is valid, afterwards the server's."""
        if token := await self._context.tokens.token_for(job):
            return token.max_file_bytes
        guild = (await self._get_client()).get_guild(int(job.place.workspace or 0))
        return max(BASE_UPLOAD_BYTES, guild.filesize_limit) if guild else BASE_UPLOAD_BYTES
