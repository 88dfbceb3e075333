"""The whole app with Discord as its chat: real store, real engine, real HTTP and websocket; the studio keeps books."""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from adapters.chats.discord import DiscordChat
from adapters.chats.discord.client.connection import Account
from bot.app import App, open_app
from bot.jobs.job import Job, Wanted
from bot.requests.kinds import Request
from bot.requests.media import Fitted, Kind, Limits
from bot.settings import Settings
from tests.fakes.clock import FastClock
from tests.fakes.discord_people import Discord
from tests.fakes.discord_server import TOKEN
from tests.fakes.studio import FakeStudio

FORMATS = {Kind.PICTURE: ("png", "jpeg"), Kind.SOUND: ("wav", "mp3"), Kind.VIDEO: ("mp4",), Kind.TEXT: ("text",)}


class Studio(FakeStudio):
    """Takes every file, and makes a video as large as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 1000
        self.took: list[dict[str, bytes]] = []
        self.submitted: list[Request] = []
        self.captions = False

    def needs(self, request: Request) -> Mapping[str, Limits]:
        """Whatever the person gave."""
        return {name: Limits(each.kind, 10_000_000, FORMATS[each.kind]) for name, each in request.media.items()}

    async def prepare(self, job: Job, files: Mapping[str, Fitted]) -> dict[str, str]:
        """Remember what it was given."""
        read = {name: await asyncio.to_thread(each.path.read_bytes) for name, each in files.items()}
        self.took.append(read)
        return await super().prepare(job, files)

    async def submit(self, job: Job) -> Any:
        """Remember what was paid for."""
        self.submitted.append(job.request)
        return await super().submit(job)

    async def fetch(self, job: Job, video: Path, captions: Path) -> bool:
        """A film that tells whose it is."""
        content = film(job, self.size)
        await asyncio.to_thread(video.write_bytes, content)
        if self.captions:
            await asyncio.to_thread(captions.write_text, "1\n00:00:00,000 --> 00:00:01,000\nHello\n")
        return self.captions


def film(job: Job, size: int = 1000) -> bytes:
    """The bytes of a job's video."""
    return (b"a video of " + job.marker.encode()).ljust(size, b".")


@dataclass
class Bot:
    """What a test holds in its hands."""

    app: App
    chat: DiscordChat
    discord: Discord

    async def ended(self, job: str = "", seconds: float = 12.0) -> Job:
        """The job once it is at its end and told; the newest when none is named."""
        async with asyncio.timeout(seconds):
            while True:
                found = await self.app.jobs.get(job) if job else next(iter(await self.jobs()), None)
                if found and found.ended and found.told:
                    return found
                await asyncio.sleep(0.02)

    async def at(self, *stages: str, seconds: float = 10.0) -> Job:
        """The newest job once it is at one of these stages."""
        async with asyncio.timeout(seconds):
            while True:
                found = next(iter(await self.jobs()), None)
                if found and found.stage.value in stages:
                    return found
                await asyncio.sleep(0.01)

    async def stumbled(self, seconds: float = 10.0) -> Job:
        """The newest job once something came between it and its delivery."""
        async with asyncio.timeout(seconds):
            while True:
                found = await self.at("kept", "delivering")
                if found.trouble:
                    return found
                await asyncio.sleep(0.01)

    async def jobs(self) -> list[Job]:
        """Every job, newest first."""
        return await self.app.jobs.pick(Wanted(limit=5000))


async def no_shrinking(video: Path, most: int) -> Path | None:
    """Nothing gets smaller here."""
    return None


@asynccontextmanager
async def running(
    discord: Discord, folder: Path, clock: FastClock, studio: FakeStudio, *, shrink: Any = None, **facts: Any
) -> AsyncIterator[Bot]:
    """The app at work, connected to Discord's stand-in."""
    public, others = facts.pop("public_url", ""), facts.pop("others", {})
    deadline, more = facts.pop("deadline", 300.0), facts.pop("settings", {})
    account = Account(facts.pop("token", TOKEN), api_url=discord.url, **facts)
    chat = DiscordChat(account, shrink or no_shrinking, deadline)
    settings = Settings(_env_file=None, data_dir=folder, public_url=public, **more)
    discord.connected.clear()
    async with open_app(settings, chats=[chat], clock=clock, studios={"did": studio, **others}) as app:
        async with asyncio.timeout(10):
            await discord.connected.wait()
        yield Bot(app, chat, discord)


def photo(size: int = 200) -> bytes:
    """A picture of nobody."""
    out = io.BytesIO()
    Image.new("RGB", (size, size), (90, 120, 150)).save(out, "PNG")
    return out.getvalue()
