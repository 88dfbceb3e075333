"""The whole app with Discord as its chat: real store, real engine, real HTTP and websocket; the studio keeps books."""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import SecretStr

from adapters.chats.discord.chat import DiscordChat
from bot.app import App, open_app
from bot.jobs.job import Job, JobFilter
from bot.requests.base import Request
from bot.requests.media import FileLimits, MediaKind, PreparedFile
from bot.settings import DiscordSettings, Settings
from tests.fakes.clock import FastClock
from tests.fakes.discord.people import FakeDiscord
from tests.fakes.discord.server import TOKEN
from tests.fakes.studio import FakeStudio

FORMATS_BY_KIND = {
    MediaKind.PICTURE: ("png", "jpeg"),
    MediaKind.SOUND: ("wav", "mp3"),
    MediaKind.VIDEO: ("mp4",),
    MediaKind.TEXT: ("text",),
}


class FileTakingStudio(FakeStudio):
    """Takes every file, and makes a video as large as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.video_bytes = 1000
        self.taken_files: list[dict[str, bytes]] = []
        self.submitted_requests: list[Request] = []
        self.gives_captions = False

    def file_limits(self, request: Request) -> Mapping[str, FileLimits]:
        """Whatever the person gave."""
        return {
            name: FileLimits(each.kind, 10_000_000, FORMATS_BY_KIND[each.kind]) for name, each in request.media.items()
        }

    async def prepare(self, job: Job, files: Mapping[str, PreparedFile]) -> dict[str, str]:
        """Remember what it was given."""
        read = {name: await asyncio.to_thread(each.path.read_bytes) for name, each in files.items()}
        self.taken_files.append(read)
        return await super().prepare(job, files)

    async def submit(self, job: Job) -> Any:
        """Remember what was paid for."""
        self.submitted_requests.append(job.request)
        return await super().submit(job)

    async def fetch(self, job: Job, video: Path, captions: Path) -> bool:
        """A film that tells whose it is."""
        content = make_video(job, self.video_bytes)
        await asyncio.to_thread(video.write_bytes, content)
        if self.gives_captions:
            await asyncio.to_thread(captions.write_text, "1\n00:00:00,000 --> 00:00:01,000\nHello\n")
        return self.gives_captions


def make_video(job: Job, size: int = 1000) -> bytes:
    """The bytes of a job's video."""
    return (b"a video of " + job.marker.encode()).ljust(size, b".")


@dataclass
class DiscordHarness:
    """What a test holds in its hands."""

    app: App
    chat: DiscordChat
    discord: FakeDiscord

    async def wait_until_ended(self, job: str = "", seconds: float = 12.0) -> Job:
        """The job once it is at its end and told; the newest when none is named."""
        async with asyncio.timeout(seconds):
            while True:
                found = await self.app.jobs.get(job) if job else next(iter(await self.list_jobs()), None)
                if found and found.ended and found.asker_notified:
                    return found
                await asyncio.sleep(0.02)

    async def wait_for_stage(self, *stages: str, seconds: float = 10.0) -> Job:
        """The newest job once it is at one of these stages."""
        async with asyncio.timeout(seconds):
            while True:
                found = next(iter(await self.list_jobs()), None)
                if found and found.stage.value in stages:
                    return found
                await asyncio.sleep(0.01)

    async def wait_for_trouble(self, seconds: float = 10.0) -> Job:
        """The newest job once something came between it and its delivery."""
        async with asyncio.timeout(seconds):
            while True:
                found = await self.wait_for_stage("kept", "delivering")
                if found.trouble:
                    return found
                await asyncio.sleep(0.01)

    async def list_jobs(self) -> list[Job]:
        """Every job, newest first."""
        return await self.app.jobs.list_jobs(JobFilter(limit=5000))


async def no_transcoding(video: Path, most: int) -> Path | None:
    """Nothing gets smaller here."""
    return None


@asynccontextmanager
async def running_bot(
    discord: FakeDiscord, folder: Path, clock: FastClock, studio: FakeStudio, *, shrink: Any = None, **facts: Any
) -> AsyncIterator[DiscordHarness]:
    """The app at work, connected to Discord's stand-in."""
    public, others = facts.pop("public_url", ""), facts.pop("others", {})
    deadline, more = facts.pop("deadline", 300.0), facts.pop("settings", {})
    account = DiscordSettings(bot_token=SecretStr(facts.pop("token", TOKEN)), api_url=discord.url, **facts)
    chat = DiscordChat(account, shrink or no_transcoding, deadline)
    settings = Settings(_env_file=None, data_dir=folder, public_url=public, **more)
    discord.connected.clear()
    async with open_app(settings, chats=[chat], clock=clock, studios={"did": studio, **others}) as app:
        async with asyncio.timeout(10):
            await discord.connected.wait()
        yield DiscordHarness(app, chat, discord)


def make_photo(size: int = 200) -> bytes:
    """A picture of nobody."""
    out = io.BytesIO()
    Image.new("RGB", (size, size), (90, 120, 150)).save(out, "PNG")
    return out.getvalue()
