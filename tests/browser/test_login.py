"""The console's token in a real browser, whose forms carry an origin and cookies of their own."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.cli.demo import RestartableApp
from tests.adapters.chats.console.console_harness import console_harness
from tests.fakes.http_server import serve_app

CONSOLE_TOKEN = "an invented long password"

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_right_token_opens_the_console_and_a_wrong_one_says_so(browser: Browser, tmp_path: Path) -> None:
    """Also from the bare address of the bot."""
    async with console_harness(tmp_path, token=CONSOLE_TOKEN) as console:
        page = await browser.new_page()
        await page.goto(console.url)
        await page.fill("#token", "sesame")
        await page.click("button[type=submit]")
        await expect(page.get_by_role("alert")).to_have_text("Wrong console token.")
        await page.fill("#token", CONSOLE_TOKEN)
        await page.click("button[type=submit]")
        await page.wait_for_selector("html[data-ready]")
        assert page.url.endswith("/console")
        await page.reload()
        await page.wait_for_selector("html[data-ready]")
        await page.context.close()


async def test_a_page_opened_while_the_bot_starts_comes_to_life(browser: Browser, tmp_path: Path) -> None:
    """It reloads itself; nobody has to."""
    served = RestartableApp()
    async with serve_app(served) as (_, url), console_harness(tmp_path) as console:
        page = await browser.new_page()
        await page.goto(f"{url}/console")
        await expect(page.locator("body")).to_contain_text("didtalk is starting")
        served.app = console.app.web
        await page.wait_for_selector("html[data-ready]")
        await page.context.close()
