"""What a newcomer finds: a few channels, a word on what to try, and a portrait to try it on."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from adapters.chats.console.context import Inside
from adapters.chats.console.messages import File, Post
from adapters.chats.console.people import NAME
from bot.jobs.asker import Place
from bot.requests.media import Kind

CHANNELS = {
    "general": "Say something, drop a photo, try a reaction",
    "studio-news": "Subscribe it: /did subscribe",
    "random": "Anything else",
}
HELLO = (
    "Welcome! Type /didtalk and what should be said, drop a photo, a sound or a video, or use the ⋯ menu of any "
    "message. Reactions work too: 🎬 makes a photo or a line talk, 🕺 makes a photo dance, and a flag such as 🇫🇷 on a "
    "video translates it. Ben's portrait below is there to try it on. /did help lists everything."
)
PORTRAIT = "Hello everyone, I am Ben. Nice to meet you!"


async def welcome(inside: Inside, faces: Mapping[str, Path]) -> None:
    """Set the console up on its first day; on any other day nothing changes."""
    known = dict(await inside.wall.channels())
    for name, about in CHANNELS.items():
        if name not in known:
            await inside.wall.open_channel(name, {"about": about})
    general = Place(platform=NAME, channel="general")
    await inside.pin(general, inside.said(text=HELLO), mark="welcome:hello")
    if await inside.wall.marked("welcome:portrait") is None and (face := faces.get("ben")):
        await _portrait(inside, general, face)


async def _portrait(inside: Inside, general: Place, face: Path) -> None:
    size = (await asyncio.to_thread(face.stat)).st_size
    key = await inside.door.shelf.put(_bytes(face), "portrait.png", size)
    file = File(key=key, name="portrait.png", kind=Kind.PICTURE, type="image/png", size=size)
    await inside.wall.keep(key, file.model_dump(mode="json"))
    post = Post(at=inside.door.clock.now(), by="ben", text=PORTRAIT, files=(file,))
    await inside.pin(general, post, mark="welcome:portrait")


async def _bytes(path: Path) -> AsyncIterator[bytes]:
    yield await asyncio.to_thread(path.read_bytes)
