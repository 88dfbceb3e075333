"""The console's first messages and channels."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from adapters.chats.console.context import ConsoleContext
from adapters.chats.console.messages import ConsoleMessage, UploadedFile
from adapters.chats.console.people import PLATFORM_NAME
from bot.jobs.asker import Place
from bot.requests.media import MediaKind

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


async def seed_console(context: ConsoleContext, portraits: Mapping[str, Path]) -> None:
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
