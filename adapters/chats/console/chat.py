"""The console as a chat: cards in messages, the finished video in the job's card."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from adapters.chats.console.access import ConsoleAccess
from adapters.chats.console.context import ConsoleContext, Sniffer
from adapters.chats.console.feed import Feed
from adapters.chats.console.messages import ConsoleMessage, DeliveredVideo, card_json, read_message
from adapters.chats.console.people import PLATFORM_NAME
from adapters.chats.console.routes import ConsoleRoutes
from adapters.chats.console.seed_data import seed_console
from adapters.chats.console.static_files import PageFiles
from bot.chats.chat import VideoFiles
from bot.desk.chat_context import ChatContext
from bot.errors import Broken, Refused, TryAgain
from bot.jobs.asker import Place
from bot.jobs.job import Job
from bot.notices.subscriptions import Notice
from bot.requests.media import Media, MediaKind
from bot.wording.cards import Card


class Console:
    """A chat in the browser."""

    name = PLATFORM_NAME

    def __init__(
        self,
        sniff: Sniffer,
        *,
        token: str | None = None,
        restart: Callable[[], None] | None = None,
        portraits: Mapping[str, Path] | None = None,
    ) -> None:
        self._sniff = sniff
        self._restart = restart
        self._portraits = dict(portraits or {})
        self._context: ConsoleContext | None = None
        self._routes = ConsoleRoutes(ConsoleAccess(token), lambda: self._context)

    def routes(self) -> Sequence[BaseRoute]:
        return self._routes.build_routes()

    @asynccontextmanager
    async def open(self, context: ChatContext) -> AsyncIterator[None]:
        if context.message_store is None:
            raise Broken("The console needs a message store.")
        pages = await asyncio.to_thread(PageFiles)
        self._context = ConsoleContext(context, context.message_store, Feed(), pages, self._sniff, self._restart)
        await seed_console(self._context, self._portraits)
        try:
            yield
        finally:
            self._context.feed.close()

    async def show_card(self, job: Job, card: Card) -> str:
        return await self._post_card(job, card)

    async def deliver(self, job: Job, card: Card, files: VideoFiles) -> str:
        context = self._require_context()
        await self._register_file(context, files.video, files.name, MediaKind.VIDEO)
        if files.captions:
            await self._register_file(context, files.captions, f"{files.name}.srt", MediaKind.TEXT)
        captions = files.captions.name if files.captions else None
        video = DeliveredVideo(key=files.video.name, name=files.name, captions=captions, alt_text=card.alt_text)
        return await self._post_card(job, card, video=video)

    async def find_delivery(self, job: Job) -> str | None:
        stored = await self._require_context().message_store.find_by_key(_card_key(job))
        return stored.id if stored and read_message(stored).video else None

    async def fetch_attachment(self, media: Media, to: Path, max_bytes: int) -> None:
        raise Refused(f"“{media.name}” is no longer available.")

    async def remove_messages(self, job: Job) -> None:
        context = self._require_context()
        if stored := await context.message_store.find_by_key(_card_key(job)):
            await context.edit_message(stored.id, lambda post: None if post.deleted else post.as_deleted)

    async def post_notice(self, notice: Notice, card: Card) -> str:
        """Post a notice that links to the job's message."""
        context = self._require_context()
        place = await context.existing_place(notice.place.channel)
        card_message = await context.message_store.find_by_key(f"job:{notice.job}") if notice.job else None
        message = context.bot_message(
            card=card_json(card),
            job=notice.job,
            linked_message=card_message.id if card_message and not card_message.visible_to else "",
        )
        return (await context.post_message(place, message, unique_key=_notice_key(notice))).id

    async def find_notice(self, notice: Notice) -> str | None:
        stored = await self._require_context().message_store.find_by_key(_notice_key(notice))
        return stored.id if stored else None

    async def send_privately(self, user: str, place: Place, sentence: str) -> None:
        context = self._require_context()
        await context.post_message(place, context.bot_message(text=sentence), visible_to=user)

    async def _post_card(self, job: Job, card: Card, **more: Any) -> str:
        context = self._require_context()
        visible_to = job.asker.user if job.place.private else ""
        mentions = job.asker.user if card.mention_asker else ""
        facts = {"card": card_json(card), "mentions": mentions, **more}
        new_message = context.bot_message(job=job.id, asker=job.asker.user, **facts)
        stored = await context.post_message(job.place, new_message, unique_key=_card_key(job), visible_to=visible_to)
        await context.edit_message(stored.id, lambda post: _with_changes(post, facts))
        return stored.id

    async def _register_file(self, context: ConsoleContext, path: Path, name: str, kind: MediaKind) -> None:
        size = (await asyncio.to_thread(path.stat)).st_size
        ending = path.suffix.lower()
        type_ = {".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm"}.get(ending, "text/plain")
        facts = {"key": path.name, "name": name, "kind": kind.value, "type": type_, "size": size}
        await context.message_store.save_file_facts(path.name, facts)

    def _require_context(self) -> ConsoleContext:
        if self._context is None:
            raise TryAgain("The console is not open yet.", 1.0)
        return self._context


def _card_key(job: Job) -> str:
    return f"job:{job.id}"


def _notice_key(notice: Notice) -> str:
    return f"notice:{notice.key}"


def _with_changes(message: ConsoleMessage, facts: dict[str, Any]) -> ConsoleMessage | None:
    """The message with these fields; None when nothing changes or it was deleted."""
    new = message.evolve(**facts)
    return None if message.deleted or new.body == message.body else new
