"""Two hundred messages and fifty live cards: one connection, and each update drawn at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from bot.jobs.job import Asker, Job, Place
from bot.requests.kinds import Talk
from bot.wording.cards import Button, Card
from tests.adapters.chats.console.console_harness import ConsoleHarness, console_harness
from tests.browser.conftest import page_opener
from tests.fakes.sample_job import a_job

pytestmark = pytest.mark.asyncio(loop_scope="session")

GENERAL_CHANNEL = Place(platform="console", channel="general")


@pytest_asyncio.fixture(loop_scope="session")
async def b(tmp_path: Path) -> AsyncIterator[ConsoleHarness]:
    """A bot whose studio does nothing, so that only the console is at work."""
    async with console_harness(tmp_path) as running:
        yield running


def busy_card(nth: int, part: float) -> Card:
    """A job at work."""
    lines = (f"D-ID is making your video, {part:.0%} of it.",)
    return Card(f"“number {nth}”", lines, "busy", part, buttons=(Button("Cancel", "cancel", f"j{nth}"),))


@pytest.mark.slow
async def test_it_stays_smooth(b: ConsoleHarness, browser: Browser) -> None:
    """Every one of fifty cards changes five times; no update takes the page 50 ms, and there is one stream."""
    ana = await b.open_page()
    for nth in range(200):
        await ana.say_line(f"message number {nth}")
    asker = Asker(platform="console", user="ana", name="Ana")
    jobs: list[Job] = [
        a_job().evolve(asker=asker, place=GENERAL_CHANNEL, request=Talk(script=f"number {n}")) for n in range(50)
    ]
    for nth, job in enumerate(jobs):
        await b.console.show_card(job, busy_card(nth, 0.1))
    streams: list[str] = []
    async with page_opener(browser, f"{b.url}/console") as open_page:
        page = await open_page()
        page.on("request", lambda request: streams.append(request.url) if "/api/stream" in request.url else None)
        await page.wait_for_selector("text=Connected")
        await page.evaluate("performance.clearMeasures()")
        for turn in range(2, 7):
            for nth, job in enumerate(jobs):
                await b.console.show_card(job, busy_card(nth, turn / 10))
            await asyncio.sleep(0)
        await page.wait_for_function("() => document.body.innerText.split('60% of it').length > 50")
        took = await page.evaluate("performance.getEntriesByName('apply').map(({ duration }) => duration)")
        assert len(took) >= 5
        assert await page.locator("#channel .message").count() >= 200
        assert b.console._context
        assert b.console._context.feed.reader_count == 1
        assert streams == []
