"""The whole bot in this process with the sandbox behind a fault proxy; charges and posts are counted."""

import asyncio
import io
import itertools
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from PIL import Image

from adapters.http.client import open_client
from adapters.sandbox import Sandbox, serve
from adapters.sandbox.store.billing import read_ledger
from bot.app import App, open_app
from bot.chats.chat import Chat
from bot.jobs.job import Asker, Job, JobFilter, Place
from bot.requests.media import Media, MediaKind
from bot.runtime.clock import Clock
from bot.settings import Settings
from tests.fakes.chat import FakeChat
from tests.fault_injection.fault_proxy import FaultProxy, running_proxy

CLOCK_SPEED = 50.0
SANDBOX_KEY = "sandbox:sandbox"
ANA = Asker(platform="test", user="ana", name="Ana")
GENERAL = Place(platform="test", channel="general")
SHORT_TIMEOUT = httpx.Timeout(0.5, connect=0.5)  # seconds of the world: nobody waits a minute for silence here

SUBMIT_PATHS = {"did": r"^/talks$", "v2": r"^/v2/video/generate", "v3": r"^/v3/videos$"}
STATUS_PATHS = {"did": r"^/talks[/?]", "v2": r"^/v1/video[._]", "v3": r"^/v3/videos[/?]"}
UPLOAD_PATHS = {"did": r"^/images", "v2": r"^/v1/talking_photo", "v3": r"^/v3/assets"}
DOWNLOAD_PATHS = r"^/files/"
_MARKER_PATTERN = re.compile(r"dt-[0-9a-z]{20}")
_NOISE_LEVELS = itertools.count(20)


class FaultClock:
    """Time flies, and can be set like the clock of a machine, while the steady time goes on."""

    def __init__(self, speed: float = CLOCK_SPEED) -> None:
        self._start, self._started_at, self._speed = time.time(), time.monotonic(), speed
        self.offset_seconds = 0.0

    def now(self) -> float:
        """What the clock on the wall shows."""
        return self._start + self.monotonic() + self.offset_seconds

    def true_now(self) -> float:
        """What it would show if nobody had set it; the studio's clock is right."""
        return self._start + self.monotonic()

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        return (time.monotonic() - self._started_at) * self._speed

    async def sleep(self, seconds: float) -> None:
        """Wait that long, as time flies."""
        await asyncio.sleep(seconds / self._speed)


@dataclass
class WholeBot:
    """What a test holds in its hands; the sandbox, the chat and the folder survive a restart of the bot."""

    folder: Path
    sandbox: Sandbox
    proxy: FaultProxy
    studio_name: str = "did"
    clock: FaultClock = field(default_factory=FaultClock)
    chat: FakeChat = field(default_factory=lambda: FakeChat("test"))
    data_folder: Path = Path()
    broken_messages: list[str] = field(default_factory=list)  # what was said to be broken

    @property
    def settings(self) -> Settings:
        """What points the bot at the proxy."""
        account: dict[str, Any] = {"api_url": self.proxy.url, "api_key": SANDBOX_KEY}
        version = {} if self.studio_name == "did" else {"api_version": self.studio_name}
        facts: dict[str, Any] = {"data_dir": self.data_folder, "did": account, "heygen": account | version}
        return Settings(_env_file=None, studio="heygen" if version else "did", **facts)

    @asynccontextmanager
    async def running(
        self, *chats: Chat, clock: Clock | None = None, settings: Mapping[str, Any] = MappingProxyType({})
    ) -> AsyncIterator[App]:
        """The whole bot."""
        async with open_client() as client:
            client.timeout = SHORT_TIMEOUT
            opened = open_app(
                self.settings.model_copy(update=dict(settings)),
                chats=chats or [self.chat],
                clock=clock or self.clock,
                http_client=client,
                on_broken=lambda error: self.broken_messages.append(error.sentence),
            )
            async with opened as app:
                yield app

    async def ask(self, app: App, text: str = "Hello from a house of faults.", *media: Media) -> Job:
        """Ana asks for a talk."""
        return (await app.desk.run_command(ANA, GENERAL, text, media)).jobs[0]

    async def new_picture(self, app: App) -> Media:
        """A picture nobody sent before."""
        return Media(
            kind=MediaKind.PICTURE, address=f"shelf:{await app.shelf.store(_noise_picture(), 'face.png', 10_000_000)}"
        )

    async def wait_until_ended(self, app: App, job: Job, seconds: float = 15.0) -> Job:
        """The job once it is over and told."""

        async def is_over() -> Job | None:
            found = await app.jobs.get(job.id)
            return found if found and found.ended and found.asker_notified else None

        found: Job = await wait_until(is_over, seconds, lambda: app.jobs.get(job.id))
        return found

    async def wait_for_calls(self, path: str, method: str = "", times: int = 1) -> None:
        """Until so many calls of a sort came by."""

        async def have_come() -> bool:
            return len(self.proxy.find_calls(method, path)) >= times

        await wait_until(have_come)

    async def paid_markers(self) -> list[str]:
        """The marker of every job that was paid for, once for each charge."""
        charge_texts = [f"{each.user_data} {each.name}" for each in await read_ledger(self.sandbox.context.database)]
        return [found[0] if (found := _MARKER_PATTERN.search(each)) else "unknown" for each in charge_texts]

    async def count_outcomes(self, app: App) -> tuple[int, int, int]:
        """How many were asked, paid for, posted."""
        asked = await app.jobs.list_jobs(JobFilter(limit=10_000))
        return len(asked), len(await self.paid_markers()), len(self.chat.videos)


async def _noise_picture() -> AsyncIterator[bytes]:
    out = io.BytesIO()
    Image.effect_noise((300, 300), next(_NOISE_LEVELS)).convert("RGB").save(out, "PNG")
    yield out.getvalue()


@asynccontextmanager
async def open_whole_bot(
    folder: Path, studio_name: str = "did", speed: float = CLOCK_SPEED, **terms: Any
) -> AsyncIterator[WholeBot]:
    """A sandbox, and a proxy in front of it."""
    clock = FaultClock(speed)
    async with AsyncExitStack() as stack:
        sandbox = Sandbox(folder / "studio", key=SANDBOX_KEY, clock=clock.true_now, **{"instant": True} | terms)
        await stack.enter_async_context(sandbox)
        proxy = await stack.enter_async_context(running_proxy(await stack.enter_async_context(serve(sandbox))))
        sandbox.context.base_url = proxy.url  # results are fetched through the proxy too
        yield WholeBot(folder, sandbox, proxy, studio_name, clock, data_folder=folder / "bot")


async def wait_until(
    condition: Callable[[], Awaitable[Any]], seconds: float = 60.0, describe: Callable[[], Awaitable[Any]] | None = None
) -> Any:
    """Wait until something holds; else say how it stands."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await condition()):  # noqa: ASYNC110 - real servers ring no bell of ours
                await asyncio.sleep(0.02)
            return found
    except TimeoutError:
        raise AssertionError(f"still not so after {seconds} s: {await describe() if describe else ''}") from None
