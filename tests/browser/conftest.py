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

from tests.end_to_end.cli import CommandLine

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--autoplay-policy=no-user-gesture-required", "--mute-audio",
)  # fmt: skip
PAGE_TIMEOUT_MILLISECONDS = 15_000


def find_chromium() -> str | None:
    """The system's browser; nothing is ever downloaded."""
    return os.environ.get("DIDTALK_CHROMIUM") or next(
        (path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium these tests are skipped, and say so; `make test-browser` insists on it."""
    if find_chromium() or os.environ.get("DIDTALK_NEEDS_BROWSER"):
        return
    why = pytest.mark.skip(reason="Chromium is not installed here, so the console was not tried in a browser")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(why)


# What a browser writes down about a line that broke, or an answer that was no; neither is the page's own error.
EXPECTED_MESSAGES = re.compile(
    r"Failed to load resource: (the server responded with a status of (4\d\d|503)|net::ERR_\w+)"
)


@dataclass
class WatchedPage:
    """A page, and everything it should not have done."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        """An error in the browser's console."""
        if message.type in ("error", "warning") and not EXPECTED_MESSAGES.match(message.text):
            self.faults.append(f"console: {message.text}")

    def on_request(self, request: Request) -> None:
        """A request to anywhere but this machine."""
        if not request.url.startswith(("http://127.0.0.1:", "blob:", "data:")):
            self.faults.append(f"request: {request.url}")


@dataclass
class RunningDemo:
    """`didtalk demo` in a process of its own, which can be killed and started again on its port."""

    cli: CommandLine
    process: asyncio.subprocess.Process | None = None
    url: str = ""
    output_lines: list[str] = field(default_factory=list)
    reader_task: asyncio.Task[None] | None = None

    async def start_demo(self) -> None:
        """Start it, and wait until it says where it is."""
        port = re.search(r":(\d+)/", self.url)
        cli = CommandLine(self.cli.folder, self.cli.settings | {"DIDTALK_PORT": port[1] if port else "0", "CI": "1"})
        self.process = await cli.start_command("demo")
        assert self.process.stdout
        async with asyncio.timeout(30):
            while not (found := re.search(r"http://\S+/console", await self._read_line())):
                pass
        self.url = found[0]
        self.reader_task = asyncio.create_task(self._read_output())

    async def stop_demo(self, signal_number: int = signal.SIGTERM) -> int:
        """Stop it, gently or not."""
        assert self.process
        self.process.send_signal(signal_number)
        async with asyncio.timeout(20):
            code = await self.process.wait()
        if self.reader_task:
            await self.reader_task
        return code

    async def _read_line(self) -> str:
        assert self.process
        assert self.process.stdout
        raw = await self.process.stdout.readline()
        if not raw:
            assert self.process.stderr
            raise AssertionError((await self.process.stderr.read()).decode())
        self.output_lines.append(raw.decode().strip())
        return self.output_lines[-1]

    async def _read_output(self) -> None:
        assert self.process
        assert self.process.stdout
        while raw := await self.process.stdout.readline():
            self.output_lines.append(raw.decode().strip())


PageOpener = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium."""
    path = find_chromium()
    assert path, (
        "Chromium is needed: install it (on Debian: apt-get install chromium), or set DIDTALK_CHROMIUM to its path."
    )
    async with async_playwright() as play:
        running = await play.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield running
        await running.close()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningDemo]:
    """The demo, as it is after `make demo`."""
    running = RunningDemo(CommandLine(tmp_path_factory.mktemp("demo"), {}))
    await running.start_demo()
    yield running
    await running.stop_demo()


@asynccontextmanager
async def page_opener(browser: Browser, url: str) -> AsyncIterator[PageOpener]:
    """Opens pages that are watched; at the end none of them may have done anything wrong."""
    watched: list[WatchedPage] = []

    async def open_page(
        persona: str = "ana", width: int = 1280, height: int = 800, colour_scheme: str = "light"
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if colour_scheme == "dark" else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        context.set_default_timeout(PAGE_TIMEOUT_MILLISECONDS)
        page = await context.new_page()
        each = WatchedPage(page)
        watched.append(each)
        page.on("console", each.on_console)
        page.on("request", each.on_request)
        page.on("pageerror", lambda error: each.faults.append(f"error: {error}"))
        await page.goto(url)
        if persona != "ana":
            await page.evaluate(f"localStorage.setItem('didtalk:me', '\"{persona}\"')")
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
async def open_page(browser: Browser, demo: RunningDemo) -> AsyncIterator[PageOpener]:
    """Opens pages of the demo."""
    async with page_opener(browser, demo.url) as opener:
        yield opener
