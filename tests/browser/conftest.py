"""A real browser, and the demo as a newcomer starts it; both once for all tests here, and gone before the next ones."""

import asyncio
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from tests.walks.cli import Cli

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--autoplay-policy=no-user-gesture-required", "--mute-audio",
)  # fmt: skip
PATIENCE = 15_000


def chromium() -> str | None:
    """The system's browser; nothing is ever downloaded."""
    return os.environ.get("DIDTALK_CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium these tests are skipped, and say so; `make test-browser` insists on it."""
    if chromium() or os.environ.get("DIDTALK_NEEDS_BROWSER"):
        return
    why = pytest.mark.skip(reason="Chromium is not installed here, so the console was not tried in a browser")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(why)


# What a browser writes down about a line that broke, or an answer that was no; neither is the page's own error.
NO_FAULT = re.compile(r"Failed to load resource: (the server responded with a status of (4\d\d|503)|net::ERR_\w+)")


@dataclass
class Watched:
    """A page, and everything it should not have done."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        """An error in the browser's console."""
        if message.type in ("error", "warning") and not NO_FAULT.match(message.text):
            self.faults.append(f"console: {message.text}")

    def called(self, request: Request) -> None:
        """A request to anywhere but this machine."""
        if not request.url.startswith(("http://127.0.0.1:", "blob:", "data:")):
            self.faults.append(f"request: {request.url}")


@dataclass
class Demo:
    """`didtalk demo` in a process of its own, which can be killed and started again on its port."""

    cli: Cli
    process: asyncio.subprocess.Process | None = None
    url: str = ""
    said: list[str] = field(default_factory=list)
    reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it, and wait until it says where it is."""
        port = re.search(r":(\d+)/", self.url)
        cli = Cli(self.cli.folder, self.cli.settings | {"DIDTALK_PORT": port[1] if port else "0", "CI": "1"})
        self.process = await cli.start("demo")
        assert self.process.stdout
        async with asyncio.timeout(30):
            while not (found := re.search(r"http://\S+/console", await self._line())):
                pass
        self.url = found[0]
        self.reading = asyncio.create_task(self._read())

    async def stop(self, how: int = signal.SIGTERM) -> int:
        """Stop it, gently or not."""
        assert self.process
        self.process.send_signal(how)
        async with asyncio.timeout(20):
            code = await self.process.wait()
        if self.reading:
            await self.reading
        return code

    async def _line(self) -> str:
        assert self.process
        assert self.process.stdout
        raw = await self.process.stdout.readline()
        if not raw:
            assert self.process.stderr
            raise AssertionError((await self.process.stderr.read()).decode())
        self.said.append(raw.decode().strip())
        return self.said[-1]

    async def _read(self) -> None:
        assert self.process
        assert self.process.stdout
        while raw := await self.process.stdout.readline():
            self.said.append(raw.decode().strip())


Opener = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium."""
    path = chromium()
    assert path, (
        "Chromium is needed: install it (on Debian: apt-get install chromium), or set DIDTALK_CHROMIUM to its path."
    )
    async with async_playwright() as play:
        running = await play.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        await running.close()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """The demo, as it is after `make demo`."""
    running = Demo(Cli(tmp_path_factory.mktemp("demo"), {}))
    await running.start()
    yield running
    await running.stop()


@asynccontextmanager
async def opening(browser: Browser, url: str) -> AsyncIterator[Opener]:
    """Opens pages that are watched; at the end none of them may have done anything wrong."""
    watched: list[Watched] = []

    async def open_page(me: str = "ana", width: int = 1280, height: int = 800, look: str = "light") -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if look == "dark" else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        each = Watched(page)
        watched.append(each)
        page.on("console", each.heard)
        page.on("request", each.called)
        page.on("pageerror", lambda error: each.faults.append(f"error: {error}"))
        await page.goto(url)
        if me != "ana":
            await page.evaluate(f"localStorage.setItem('didtalk:me', '\"{me}\"')")
            await page.reload()
        await page.wait_for_selector("html[data-ready]")
        return page

    try:
        yield open_page
    finally:
        for each in watched:
            await each.page.context.close()
    assert [fault for each in watched for fault in each.faults] == []


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, demo: Demo) -> AsyncIterator[Opener]:
    """Opens pages of the demo."""
    async with opening(browser, demo.url) as opener:
        yield opener
