"""The console as a chat: cards in messages, the finished video in the job's card."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from adapters.chats.console.access import ConsoleAccess
from adapters.chats.console.context import ConsoleContext, Feed, Sniffer
from adapters.chats.console.messages import (
    PLATFORM_NAME,
    ConsoleMessage,
    DeliveredVideo,
    UploadedFile,
    card_json,
    read_message,
)
from adapters.chats.console.routes import ConsoleRoutes
from adapters.chats.console.static_files import PageFiles
from bot.chats.chat import VideoFiles
from bot.desk.chat_context import ChatContext
from bot.errors import Broken, Refused, TryAgain
from bot.jobs.job import Job, Place
from bot.notices.subscriptions import Notice
from bot.requests.kinds import SpeechRequest, Translation
from bot.requests.languages import language_code
from bot.requests.media import Media, MediaKind
from bot.wording.cards import Card

_VIDEO_TYPES = {".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm"}
FIRST_CHANNELS = {
    "general": "Write something, drop a photo, try a reaction",
    "studio-news": "Get notices here: /did subscribe",
    "random": "Anything else",
}
WELCOME_TEXT = (
    "Welcome! Type /didtalk followed by your text, drop a photo, an audio file or a video, or use the ⋯ menu of any "
    "message. Reactions work too: 🎬 makes a photo or a text talk, 🕺 makes a photo dance, and a flag such as 🇫🇷 "
    "translates a video. Try it on Ben's portrait below. /did help lists all commands."
)
PORTRAIT_TEXT = "Hello everyone, I am Ben. Nice to meet you!"


class Console:
    name = PLATFORM_NAME
    draws_time = True

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
        self._context = ConsoleContext(
            context, context.message_store, Feed(context.clock), pages, self._sniff, self._restart
        )
        await _seed_console(self._context, self._portraits)
        try:
            yield
        finally:
            self._context.feed.close()

    async def show_card(self, job: Job, card: Card, **more: Any) -> str:
        context = self._require_context()
        visible_to = job.asker.user if job.place.private else ""
        mentions = job.asker.user if card.mention_asker else ""
        facts = {"card": card_json(card), "mentions": mentions, **more}
        new_message = context.bot_message(job=job.id, asker=job.asker.user, **facts)
        stored = await context.post_message(job.place, new_message, unique_key=_card_key(job), visible_to=visible_to)
        await context.edit_message(stored.id, lambda post: _with_changes(post, facts))
        return stored.id

    async def deliver(self, job: Job, card: Card, files: VideoFiles) -> str:
        context = self._require_context()
        seconds = job.stored_video.seconds if job.stored_video else None
        await self._register_file(context, files.video, files.name, MediaKind.VIDEO, seconds)
        if files.captions:
            await self._register_file(context, files.captions, f"{files.name}.srt", MediaKind.TEXT)
        captions = files.captions.name if files.captions else None
        video = DeliveredVideo(
            key=files.video.name,
            name=files.name,
            captions=captions,
            captions_in_picture=job.request.captions_in_picture,
            **_spoken_words(job),
            alt_text=card.alt_text,
        )
        return await self.show_card(job, card, video=video)

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

    async def _register_file(
        self, context: ConsoleContext, path: Path, name: str, kind: MediaKind, seconds: float | None = None
    ) -> None:
        size = (await asyncio.to_thread(path.stat)).st_size
        type_ = _VIDEO_TYPES.get(path.suffix.lower(), "text/plain")
        file = UploadedFile(key=path.name, name=name, kind=kind, type=type_, size=size, seconds=seconds)
        await context.message_store.save_file_facts(file.key, file.model_dump(mode="json"))

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


async def _seed_console(context: ConsoleContext, portraits: Mapping[str, Path]) -> None:
    """Create the channels and messages of the first start; later starts change nothing."""
    existing = dict(await context.message_store.list_channels())
    for name, about in FIRST_CHANNELS.items():
        if name not in existing:
            await context.message_store.add_channel(name, {"about": about})
    general = Place(platform=PLATFORM_NAME, channel="general")
    await context.post_message(general, context.bot_message(text=WELCOME_TEXT), unique_key="welcome:hello")
    if await context.message_store.find_by_key("welcome:portrait") is None and (portrait := portraits.get("ben")):
        await _post_portrait(context, general, portrait)


async def _post_portrait(context: ConsoleContext, general: Place, portrait: Path) -> None:
    size = (await asyncio.to_thread(portrait.stat)).st_size
    key = await context.core.shelf.store(_read_bytes(portrait), "portrait.png", size)
    file = UploadedFile(key=key, name="portrait.png", kind=MediaKind.PICTURE, type="image/png", size=size)
    await context.message_store.save_file_facts(key, file.model_dump(mode="json"))
    post = ConsoleMessage(posted_at=context.core.clock.now(), author="ben", text=PORTRAIT_TEXT, files=(file,))
    await context.post_message(general, post, unique_key="welcome:portrait")


async def _read_bytes(path: Path) -> AsyncIterator[bytes]:
    yield await asyncio.to_thread(path.read_bytes)


def _spoken_words(job: Job) -> dict[str, str]:
    """The language of a video and, where they are known, its words."""
    match job.request:
        case SpeechRequest(script=script, language=language, voice=voice, audio=audio, ssml=ssml):
            # Without a voice of their choice the provider's own speaks, which is English.
            unknown = "und" if voice or audio else "en"
            return {"language": language_code(language or voice, unknown), "words": "" if ssml else script or ""}
        case Translation(languages=languages):
            return {"language": language_code(languages[0])}
        case _:
            return {}
