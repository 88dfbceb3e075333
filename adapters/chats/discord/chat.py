"""Discord as a chat for the worker, and its life cycle."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import discord
import structlog

from adapters.chats.discord import texts
from adapters.chats.discord.attachments import AttachmentFetcher
from adapters.chats.discord.client.connection import DiscordConnection
from adapters.chats.discord.client.errors import RouteClosed, translate_errors
from adapters.chats.discord.context import PLATFORM, DiscordContext
from adapters.chats.discord.outgoing.cards import NO_MENTIONS, card_view
from adapters.chats.discord.outgoing.delivery import TranscodeVideo, VideoDelivery
from adapters.chats.discord.outgoing.interaction_tokens import InteractionTokens
from adapters.chats.discord.outgoing.sender import SEND_TIMEOUT_SECONDS, MessageSender
from adapters.chats.discord.people import BOT_PERMISSIONS
from bot.chats.chat import VideoFiles
from bot.desk.chat_context import ChatContext
from bot.errors import Refused, Trouble, TryAgain
from bot.jobs.job import Job, Place
from bot.notices.subscriptions import Notice
from bot.requests.media import Media
from bot.runtime.clock import Clock
from bot.settings import DiscordSettings
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

SHUTDOWN_WAIT_SECONDS = 2.0  # for work in progress when we stop
YIELD_TO_ACKS_SECONDS = 10.0  # cards and videos wait this long for acknowledgements
MENTION_AFTER_SECONDS = 60.0
PROGRESS_INTERVAL_SECONDS = 3.0
MAX_NOTICE_SEARCH_MESSAGES = 100


class DiscordChat:
    name = PLATFORM
    draws_time = True  # by timestamps that Discord itself counts up and down

    def __init__(
        self, settings: DiscordSettings, transcode: TranscodeVideo, timeout: float = SEND_TIMEOUT_SECONDS
    ) -> None:
        self._settings = settings
        self._timeout = timeout
        self._transcode = transcode
        self._connection = DiscordConnection(settings)
        self._session: _ChatSession | None = None
        self._closing = False
        self._fetcher = AttachmentFetcher(
            self._connection.get_client, urlsplit(settings.api_url).hostname if settings.api_url else None
        )

    def routes(self) -> Sequence[Any]:
        """None: interactions and events arrive over the gateway."""
        return ()

    @asynccontextmanager
    async def open(self, core: ChatContext) -> AsyncIterator[None]:
        if self._settings.api_url:
            discord.http.Route.BASE = _versioned_url(self._settings.api_url)
        self._closing = False
        context = DiscordContext(
            core,
            InteractionTokens(core.key_value, core.clock),
            required_role=str(self._settings.role_id or ""),
            message_content=self._settings.message_content,
        )
        async with asyncio.TaskGroup() as tasks:
            self._session = session = self._build_session(context, tasks)
            listening: asyncio.Task[None] | None = None
            try:
                await self._connection.log_in(context)
                listening = tasks.create_task(
                    core.leader_leases.run_as_leader(PLATFORM, lambda: self._listen_as_leader(context, tasks))
                )
                yield
            finally:
                self._closing = True
                session.edit_throttle.cancel_all()
                await context.in_flight.wait_until_quiet(SHUTDOWN_WAIT_SECONDS)
                if listening:
                    listening.cancel()
                await self._connection.log_out()
                self._session = None

    def _build_session(self, context: DiscordContext, tasks: asyncio.TaskGroup) -> "_ChatSession":
        clock, get_client = context.core.clock, self._connection.get_client
        sender = MessageSender(context, get_client, self._timeout)
        delivery = VideoDelivery(context, sender, get_client, self._transcode)
        edit_throttle = EditThrottle(sender.send_card, clock, tasks)
        return _ChatSession(context, sender, delivery, edit_throttle)

    async def _listen_as_leader(self, context: DiscordContext, tasks: asyncio.TaskGroup) -> None:
        """Stay connected while this replica is the leader; other replicas still post."""
        try:
            await self._connection.stay_connected(context, tasks)
        except asyncio.CancelledError:
            if not self._closing:
                await self._connection.log_in(context)
            raise

    async def show_card(self, job: Job, card: Card) -> str:
        """Create or edit the job's message: progress at Discord's pace, final states at once."""
        session = self._require_session()
        await session.context.awaiting_ack.wait_until_quiet(YIELD_TO_ACKS_SECONDS)
        if job.card_message and card.tone == "busy":
            session.edit_throttle.schedule_edit(job, card)
            return job.card_message
        with session.context.in_flight.track():
            await session.edit_throttle.drop_pending(job)
            message_ref = await session.sender.send_card(job, card)
            if job.ended:
                await self._finish_job(job, message_ref, texts.NO_VIDEO if card.mention_asker else "")
        return message_ref

    async def deliver(self, job: Job, card: Card, files: VideoFiles) -> str:
        """Put the video into the job's message, and mention people who waited long."""
        session = self._require_session()
        await session.context.awaiting_ack.wait_until_quiet(YIELD_TO_ACKS_SECONDS)
        with session.context.in_flight.track():
            await session.edit_throttle.drop_pending(job)
            message_ref = await session.delivery.deliver(job, card, files)
            await self._finish_job(job, message_ref, texts.VIDEO_READY if message_ref == job.card_message else "")
        return message_ref

    async def find_delivery(self, job: Job) -> str | None:
        """The message with the video: only finished jobs have a Details button."""
        with translate_errors(posting=False):
            return await self._require_session().sender.find_message(job, "details")

    async def fetch_attachment(self, media: Media, to: Path, max_bytes: int) -> None:
        await self._fetcher.fetch(media, to, max_bytes)

    async def remove_messages(self, job: Job) -> None:
        for message_ref in {each for each in (job.card_message, job.video_message) if each and "/" in each}:
            await self._require_session().sender.delete_message(job, message_ref)

    async def post_notice(self, notice: Notice, card: Card) -> str:
        """Post once, marked so that it can be found again."""
        view, mark = card_view(card, link=_link_to_video(notice)), _notice_mark(notice)
        for block in view.children:
            if isinstance(block, discord.ui.Container):
                block.id = mark
        client = await self._connection.get_client()
        channel = client.get_partial_messageable(int(notice.place.channel))
        with _refuse_when_closed(texts.CHANNEL_CLOSED), translate_errors(posting=True):
            sent = await channel.send(view=view, allowed_mentions=NO_MENTIONS, nonce=f"n{mark}")
        return f"{sent.channel.id}/{sent.id}"

    async def find_notice(self, notice: Notice) -> str | None:
        client, mark = await self._connection.get_client(), _notice_mark(notice)
        channel = client.get_partial_messageable(int(notice.place.channel))
        with _refuse_when_closed(texts.CHANNEL_CLOSED), translate_errors(posting=False):
            async for message in channel.history(limit=MAX_NOTICE_SEARCH_MESSAGES):
                ours = client.user and message.author.id == client.user.id
                if ours and any(getattr(block, "id", None) == mark for block in message.components):
                    return f"{notice.place.channel}/{message.id}"
        return None

    async def send_privately(self, user: str, place: Place, sentence: str) -> None:
        client = await self._connection.get_client()
        with _refuse_when_closed(texts.NO_WAY_TO_REPLY), translate_errors(posting=True):
            channel = await client.create_dm(discord.Object(int(user)))
            await channel.send(view=card_view(sentence), allowed_mentions=NO_MENTIONS)

    async def _finish_job(self, job: Job, message_ref: str, text: str) -> None:
        session = self._require_session()
        if text and not job.place.private and session.context.core.clock.now() - job.asked_at > MENTION_AFTER_SECONDS:
            await session.sender.mention_asker(job.evolve(card_message=message_ref), text)
        if job.count == 1:  # a group's other jobs may still need it; it expires by itself
            await session.context.tokens.drop_token(job.idempotency_key)

    def _require_session(self) -> "_ChatSession":
        if self._session is None:
            raise TryAgain("Discord is not connected right now.", 5)
        return self._session

    @property
    def invite_link(self) -> str | None:
        """Adds the bot to a server with exactly the permissions it needs; None until the application id is known."""
        application_id, scopes = self._connection.application_id, ("bot", "applications.commands")
        if application_id is None:
            return None
        return discord.utils.oauth_url(
            application_id, permissions=BOT_PERMISSIONS, scopes=scopes, disable_guild_select=False
        )


class EditThrottle:
    """Sends progress edits in the background, one at a time per job and only the latest state."""

    def __init__(
        self, edit_message: Callable[[Job, Card], Awaitable[object]], clock: Clock, tasks: asyncio.TaskGroup
    ) -> None:
        self._edit_message = edit_message
        self._clock = clock
        self._tasks = tasks
        self._pending: dict[str, tuple[Job, Card]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def schedule_edit(self, job: Job, card: Card) -> None:
        self._pending[job.id] = (job, card)
        if job.id not in self._running:
            self._running[job.id] = self._tasks.create_task(self._run_job(job.id))

    async def drop_pending(self, job: Job) -> None:
        """Finish the running edit and drop the waiting one, before a final state is sent."""
        self._pending.pop(job.id, None)
        if lock := self._locks.get(job.id):
            async with lock:
                self._pending.pop(job.id, None)

    def cancel_all(self) -> None:
        self._pending.clear()
        for task in self._running.values():
            task.cancel()

    async def _run_job(self, job_id: str) -> None:
        lock = self._locks.setdefault(job_id, asyncio.Lock())
        try:
            while job_id in self._pending:
                async with lock:
                    if newest := self._pending.pop(job_id, None):
                        await self._send_edit(*newest)
                await self._clock.sleep(PROGRESS_INTERVAL_SECONDS)
        finally:
            self._running.pop(job_id, None)
            self._locks.pop(job_id, None)

    async def _send_edit(self, job: Job, card: Card) -> None:
        try:
            await self._edit_message(job, card)
        except Trouble as trouble:
            log.info("progress not shown", job=job.id, why=trouble.sentence)
        except Exception:
            log.exception("unexpected error in a progress edit", job=job.id)


@dataclass(frozen=True)
class _ChatSession:
    context: DiscordContext
    sender: MessageSender
    delivery: VideoDelivery
    edit_throttle: EditThrottle


def _notice_mark(notice: Notice) -> int:
    """Stored as the id of a component, which nobody sees."""
    return int.from_bytes(hashlib.sha256(notice.key.encode()).digest()[:4]) >> 1 or 1


@contextmanager
def _refuse_when_closed(sentence: str) -> Iterator[None]:
    try:
        yield
    except RouteClosed as shut:
        raise Refused(sentence) from shut


def _versioned_url(url: str) -> str:
    return url.rstrip("/") + {"": "/api/v10", "/api": "/v10"}.get(urlsplit(url).path.rstrip("/"), "")


def _link_to_video(notice: Notice) -> str:
    there = notice.job_place
    if notice.topic != "done" or there is None or not notice.video_message:
        return ""
    channel, _, message = notice.video_message.partition("/")
    return f"https://discord.com/channels/{there.workspace or '@me'}/{channel}/{message}" if message else ""
