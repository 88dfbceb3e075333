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
from adapters.sandbox.store.billing import ledger
from bot.app import App, open_app
from bot.chats.chat import Chat
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job, Wanted
from bot.requests.media import Kind, Media
from bot.runtime.clock import Clock
from bot.settings import Settings
from tests.chaos.proxy import Proxy, proxied
from tests.fakes.chat import FakeChat

SPEED = 50.0
KEY = "sandbox:sandbox"
ANA = Asker(platform="test", user="ana", name="Ana")
GENERAL = Place(platform="test", channel="general")
HASTY = httpx.Timeout(0.5, connect=0.5)  # seconds of the world: nobody waits a minute for silence here

STUDIOS: Mapping[str, dict[str, str]] = {
    "did": {"studio": "did"},
    "v2": {"studio": "heygen", "heygen_api_version": "v2"},
    "v3": {"studio": "heygen", "heygen_api_version": "v3"},
}
SUBMITS = {"did": r"^/talks$", "v2": r"^/v2/video/generate", "v3": r"^/v3/videos$"}
LOOKS = {"did": r"^/talks[/?]", "v2": r"^/v1/video[._]", "v3": r"^/v3/videos[/?]"}
UPLOADS = {"did": r"^/images", "v2": r"^/v1/talking_photo", "v3": r"^/v3/assets"}
DOWNLOADS = r"^/files/"
_MARKER = re.compile(r"dt-[0-9a-z]{20}")
_NOISE = itertools.count(20)


class FaultClock:
    """Time flies, and can be set like the clock of a machine, while the steady time goes on."""

    def __init__(self, speed: float = SPEED) -> None:
        self._start, self._began, self._speed = time.time(), time.monotonic(), speed
        self.set_by = 0.0

    def now(self) -> float:
        """What the clock on the wall shows."""
        return self._start + self.steady() + self.set_by

    def true(self) -> float:
        """What it would show if nobody had set it; the studio's clock is right."""
        return self._start + self.steady()

    def steady(self) -> float:
        """Seconds since the beginning."""
        return (time.monotonic() - self._began) * self._speed

    async def sleep(self, seconds: float) -> None:
        """Wait that long, as time flies."""
        await asyncio.sleep(seconds / self._speed)


@dataclass
class House:
    """What a test holds in its hands; the sandbox, the chat and the folder survive a restart of the bot."""

    folder: Path
    sandbox: Sandbox
    proxy: Proxy
    which: str = "did"
    clock: FaultClock = field(default_factory=FaultClock)
    chat: FakeChat = field(default_factory=lambda: FakeChat("test"))
    data: Path = Path()
    told: list[str] = field(default_factory=list)  # what was said to be broken

    @property
    def settings(self) -> Settings:
        """What points the bot at the proxy."""
        here = {"did_api_url": self.proxy.url, "heygen_api_url": self.proxy.url}
        keys = {"did_api_key": KEY, "heygen_api_key": KEY}
        facts: dict[str, Any] = {"data_dir": self.data, **here, **keys, **STUDIOS[self.which]}
        return Settings(_env_file=None, **facts)

    @asynccontextmanager
    async def running(
        self, *chats: Chat, clock: Clock | None = None, settings: Mapping[str, Any] = MappingProxyType({})
    ) -> AsyncIterator[App]:
        """The whole bot."""
        async with open_client() as client:
            client.timeout = HASTY
            opened = open_app(
                self.settings.model_copy(update=dict(settings)),
                chats=chats or [self.chat],
                clock=clock or self.clock,
                outside=client,
                broken=lambda error: self.told.append(error.sentence),
            )
            async with opened as app:
                yield app

    async def ask(self, app: App, text: str = "Hello from a house of faults.", *media: Media) -> Job:
        """Ana asks for a talk."""
        return (await app.desk.say(ANA, GENERAL, text, media)).jobs[0]

    async def picture(self, app: App) -> Media:
        """A picture nobody sent before."""
        return Media(kind=Kind.PICTURE, at=f"shelf:{await app.shelf.put(_drawn(), 'face.png', 10_000_000)}")

    async def ended(self, app: App, job: Job, seconds: float = 15.0) -> Job:
        """The job once it is over and told."""

        async def over() -> Job | None:
            found = await app.jobs.get(job.id)
            return found if found and found.ended and found.told else None

        found: Job = await until(over, seconds, lambda: app.jobs.get(job.id))
        return found

    async def passed(self, path: str, method: str = "", times: int = 1) -> None:
        """Until so many calls of a sort came by."""

        async def came() -> bool:
            return len(self.proxy.calls(method, path)) >= times

        await until(came)

    async def markers(self) -> list[str]:
        """The marker of every job that was paid for, once for each charge."""
        told = [f"{each.user_data} {each.name}" for each in await ledger(self.sandbox.house.rows)]
        return [found[0] if (found := _MARKER.search(each)) else "unknown" for each in told]

    async def verdict(self, app: App) -> tuple[int, int, int]:
        """How many were asked, paid for, posted."""
        asked = await app.jobs.pick(Wanted(limit=10_000))
        return len(asked), len(await self.markers()), len(self.chat.videos)


async def _drawn() -> AsyncIterator[bytes]:
    out = io.BytesIO()
    Image.effect_noise((300, 300), next(_NOISE)).convert("RGB").save(out, "PNG")
    yield out.getvalue()


@asynccontextmanager
async def house(folder: Path, which: str = "did", speed: float = SPEED, **terms: Any) -> AsyncIterator[House]:
    """A sandbox, and a proxy in front of it."""
    clock = FaultClock(speed)
    async with AsyncExitStack() as stack:
        sandbox = Sandbox(folder / "studio", key=KEY, clock=clock.true, **{"instant": True} | terms)
        await stack.enter_async_context(sandbox)
        proxy = await stack.enter_async_context(proxied(await stack.enter_async_context(serve(sandbox))))
        sandbox.house.base = proxy.url  # results are fetched through the proxy too
        yield House(folder, sandbox, proxy, which, clock, data=folder / "bot")


async def until(
    holds: Callable[[], Awaitable[Any]], seconds: float = 60.0, told: Callable[[], Awaitable[Any]] | None = None
) -> Any:
    """Wait until something holds; else say how it stands."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await holds()):  # noqa: ASYNC110 - real servers ring no bell of ours
                await asyncio.sleep(0.02)
            return found
    except TimeoutError:
        raise AssertionError(f"still not so after {seconds} s: {await told() if told else ''}") from None
