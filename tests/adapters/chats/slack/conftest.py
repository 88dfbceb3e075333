"""A whole app in an invented Slack."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.chats.slack.chat import Slack
from bot.app import App, open_app
from bot.jobs.job import Job, JobFilter
from bot.requests.base import Request
from bot.requests.media import FileLimits, MediaKind, PreparedFile
from bot.settings import Settings, SlackSettings
from tests.fakes.clock import FastClock
from tests.fakes.http_server import serve_app
from tests.fakes.slack.server import TOKEN, SlackServer
from tests.fakes.slack.user import SIGNING_SECRET, FakeSlackUser
from tests.fakes.stuck_database import StuckDatabase
from tests.fakes.studio import FakeStudio

SLACK_PICTURE_LIMITS = FileLimits(MediaKind.PICTURE, 10_000_000, ("jpeg", "png"))


class PictureStudio(FakeStudio):
    """A studio that really wants the picture, and remembers its bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[bytes] = []

    def file_limits(self, request: Request) -> Mapping[str, FileLimits]:
        return {"image": SLACK_PICTURE_LIMITS} if getattr(request, "image", None) else {}

    async def prepare(self, job: Job, files: Mapping[str, PreparedFile]) -> dict[str, str]:
        for each in files.values():
            self.pictures.append(await asyncio.to_thread(each.path.read_bytes))
        return await super().prepare(job, files)


@dataclass
class SlackHarness:
    """What a walk through Slack holds in its hands; Slack, the studio and the folder survive a restart."""

    folder: Path
    slack: SlackServer
    studio: PictureStudio = field(default_factory=PictureStudio)
    other_studios: dict[str, FakeStudio] = field(default_factory=dict)
    clock: FastClock = field(default_factory=FastClock)
    settings: dict[str, Any] = field(default_factory=dict)
    stuck_database: StuckDatabase | None = None

    @asynccontextmanager
    async def running(self, **keys: Any) -> AsyncIterator[tuple[App, FakeSlackUser]]:
        """The whole app, served, and Ana."""
        known: dict[str, Any] = {
            "signing_secret": SIGNING_SECRET,
            "bot_token": TOKEN,
            "api_url": f"{self.slack.url}/api",
        }
        known |= keys
        public_url = known.pop("public_url", "")
        chat = Slack(SlackSettings(**known), public_url)
        settings = Settings(_env_file=None, data_dir=str(self.folder), **self.settings)
        how: dict[str, Any] = {"wrap_database": self.stuck_database.wrap_database} if self.stuck_database else {}
        studios: dict[str, Any] = {"did": self.studio, **self.other_studios}
        async with (
            open_app(settings, chats=[chat], clock=self.clock, studios=studios, **how) as app,
            serve_app(app.web) as (_, url),
        ):
            ana = FakeSlackUser(self.slack, url, self.clock.now)
            await wait_until(lambda: bool(self.slack.calls_of("auth.test")) or not known["bot_token"])
            async with ana.client:
                yield app, ana


async def wait_until(condition: Callable[[], object], seconds: float = 8.0) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - real servers ring no bell of ours
            await asyncio.sleep(0.01)


async def wait_until_async(condition: Callable[[], Awaitable[object]], seconds: float = 8.0) -> None:
    """The same for what has to be asked for."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)


async def wait_for_jobs(app: App, *stages: str, count: int = 1) -> list[Job]:
    """Wait until so many jobs are at one of these stages."""
    async with asyncio.timeout(10):
        while True:
            jobs = await app.jobs.list_jobs(JobFilter())
            if len([job for job in jobs if job.stage.value in (stages or ("delivered",))]) >= count:
                return jobs
            await asyncio.sleep(0.02)


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer().running() as server:
        yield server
    assert server.broken_rules == []


@pytest.fixture(autouse=True)
def no_secret_is_logged(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Whatever a test does to the app, no token and no secret of ours is in what it logs, even before it is cut."""
    before = structlog.get_config()
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])
    yield
    structlog.configure(**before)
    said = "".join(capsys.readouterr())
    sys.stdout.write(said)
    assert not any(secret in said for secret in ("xoxb", "xoxe", "xapp", SIGNING_SECRET, "hush", "Bearer"))


@pytest.fixture
def walk(tmp_path: Path, slack: SlackServer) -> SlackHarness:
    return SlackHarness(tmp_path / "data", slack)
