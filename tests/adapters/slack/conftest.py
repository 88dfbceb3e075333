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

from adapters.chats.slack.chat import Keys, Slack
from bot.app import App, open_app
from bot.jobs.job import Job, Wanted
from bot.requests.kinds import Request
from bot.requests.media import Fitted, Kind, Limits
from bot.settings import Settings
from tests.fakes.clock import FastClock
from tests.fakes.serve import served
from tests.fakes.slack_person import SECRET, Person
from tests.fakes.slack_server import TOKEN, SlackServer
from tests.fakes.stuck import Stuck
from tests.fakes.studio import FakeStudio

PICTURE = Limits(Kind.PICTURE, 10_000_000, ("jpeg", "png"))


class Studio(FakeStudio):
    """A studio that really wants the picture, and remembers its bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[bytes] = []

    def needs(self, request: Request) -> Mapping[str, Limits]:
        return {"image": PICTURE} if getattr(request, "image", None) else {}

    async def prepare(self, job: Job, files: Mapping[str, Fitted]) -> dict[str, str]:
        for each in files.values():
            self.pictures.append(await asyncio.to_thread(each.path.read_bytes))
        return await super().prepare(job, files)


@dataclass
class Walk:
    """What a walk through Slack holds in its hands; Slack, the studio and the folder survive a restart."""

    folder: Path
    slack: SlackServer
    studio: Studio = field(default_factory=Studio)
    others: dict[str, FakeStudio] = field(default_factory=dict)
    clock: FastClock = field(default_factory=FastClock)
    settings: dict[str, Any] = field(default_factory=dict)
    stuck: Stuck | None = None

    @asynccontextmanager
    async def running(self, **keys: Any) -> AsyncIterator[tuple[App, Person]]:
        """The whole app, served, and Ana."""
        known: dict[str, Any] = {"signing_secret": SECRET, "bot_token": TOKEN, "api_url": f"{self.slack.url}/api"}
        known |= keys
        chat = Slack(Keys(**known))
        settings = Settings(_env_file=None, DIDTALK_DATA_DIR=str(self.folder), **self.settings)
        how: dict[str, Any] = {"through": self.stuck.before} if self.stuck else {}
        studios: dict[str, Any] = {"did": self.studio, **self.others}
        async with (
            open_app(settings, chats=[chat], clock=self.clock, studios=studios, **how) as app,
            served(app.web) as (_, url),
        ):
            ana = Person(self.slack, url, self.clock.now)
            await until(lambda: bool(self.slack.of("auth.test")) or not known["bot_token"])
            async with ana.client:
                yield app, ana


async def until(holds: Callable[[], object], seconds: float = 8.0) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - real servers ring no bell of ours
            await asyncio.sleep(0.01)


async def eventually(holds: Callable[[], Awaitable[object]], seconds: float = 8.0) -> None:
    """The same for what has to be asked for."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)


async def finished(app: App, *stages: str, count: int = 1) -> list[Job]:
    """Wait until so many jobs are at one of these stages."""
    async with asyncio.timeout(10):
        while True:
            jobs = await app.jobs.pick(Wanted())
            if len([job for job in jobs if job.stage.value in (stages or ("delivered",))]) >= count:
                return jobs
            await asyncio.sleep(0.02)


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer().served() as server:
        yield server
    assert server.broken == []


@pytest.fixture(autouse=True)
def no_secret_is_logged(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Whatever a test does to the app, no token and no secret of ours is in what it logs, even before it is cut."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])
    yield
    structlog.reset_defaults()
    said = "".join(capsys.readouterr())
    sys.stdout.write(said)
    assert not any(secret in said for secret in ("xoxb", "xoxe", "xapp", SECRET, "hush", "Bearer"))


@pytest.fixture
def walk(tmp_path: Path, slack: SlackServer) -> Walk:
    return Walk(tmp_path / "data", slack)
