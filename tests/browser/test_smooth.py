"""Two hundred messages and fifty live cards: one connection, and each update drawn at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job
from bot.requests.kinds import Talk
from bot.wording.cards import Button, Card
from tests.adapters.console.bench import Bench, bench
from tests.browser.conftest import opening
from tests.fakes.job import a_job

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST = 50.0  # milliseconds
PLACE = Place(platform="console", channel="general")


@pytest_asyncio.fixture(loop_scope="session")
async def b(tmp_path: Path) -> AsyncIterator[Bench]:
    """A bot whose studio does nothing, so that only the console is at work."""
    async with bench(tmp_path) as running:
        yield running


def card(nth: int, part: float) -> Card:
    """A job at work."""
    lines = (f"D-ID is at work, {part:.0%} of it.",)
    return Card(f"Talk: “number {nth}”", lines, "busy", part, buttons=(Button("Cancel", "cancel", f"j{nth}"),))


async def test_it_stays_smooth(b: Bench, browser: Browser) -> None:
    """Every one of fifty cards changes five times; no update takes the page 50 ms, and there is one stream."""
    ana = await b.page()
    for nth in range(200):
        await ana.say(f"message number {nth}")
    asker = Asker(platform="console", user="ana", name="Ana")
    jobs: list[Job] = [a_job().but(asker=asker, place=PLACE, request=Talk(script=f"number {n}")) for n in range(50)]
    for nth, job in enumerate(jobs):
        await b.console.show(job, card(nth, 0.1))
    streams: list[str] = []
    async with opening(browser, f"{b.url}/console") as open_page:
        page = await open_page()
        page.on("request", lambda request: streams.append(request.url) if "/api/stream" in request.url else None)
        await page.wait_for_selector("text=Connected")
        await page.evaluate("performance.clearMeasures()")
        for turn in range(2, 7):
            for nth, job in enumerate(jobs):
                await b.console.show(job, card(nth, turn / 10))
            await asyncio.sleep(0)
        await page.wait_for_function("() => document.body.innerText.split('60% of it').length > 50")
        took = await page.evaluate("performance.getEntriesByName('apply').map(({ duration }) => duration)")
        assert len(took) >= 5
        assert max(took) < MOST, sorted(took)[-5:]
        assert await page.locator("#channel .message").count() >= 200
        assert b.console._inside
        assert b.console._inside.feed.readers == 1
        assert streams == []
