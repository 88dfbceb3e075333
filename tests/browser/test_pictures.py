"""The pictures of the README, made by the tests: when the console changes, so do they."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.test_newcomer import LONG, hover, message, send

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOCS = Path(__file__).parent.parent.parent / "docs" / "console"
MOST = 200_000  # bytes a picture may have


async def settled(page: Page) -> None:
    """Everything drawn: pictures there, the first video's first frame there."""
    await expect(message(page, "Hello! I am Ada").get_by_text("Done")).to_be_visible(timeout=LONG)
    await message(page, "Hello! I am Ada").locator("video").scroll_into_view_if_needed()
    await expect(message(page, "Hello! I am Ada").locator("video")).to_have_js_property("readyState", 4, timeout=LONG)
    await page.wait_for_function("[...document.images].every((each) => each.complete)")
    await message(page, "Hello! I am Ada").locator("video").evaluate("video => { video.currentTime = 1.2 }")
    await page.wait_for_timeout(1200)  # until the player's own spinner is gone


async def keep(page: Page, name: str, folder: Path) -> None:
    """Keep a picture, small; in docs only when asked to, so that a test run leaves the working tree alone."""
    target = (DOCS if os.environ.get("DIDTALK_PICTURES") else folder) / f"{name}.png"
    assert 5_000 < _kept(await page.screenshot(), target) < MOST


def _kept(shot: bytes, target: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    small = Image.open(io.BytesIO(shot)).convert("RGB").quantize(256, kmeans=2, dither=Image.Dither.FLOYDSTEINBERG)
    small.save(target, optimize=True)
    return target.stat().st_size


async def phone(page: Page, name: str, folder: Path) -> None:
    """The same page on a phone, and back."""
    await page.set_viewport_size({"width": 390, "height": 780})
    await settled(page)
    await keep(page, name, folder)
    await page.set_viewport_size({"width": 1280, "height": 800})


async def test_in_the_light(open_page: Opener, tmp_path: Path) -> None:
    """What a newcomer sees first, on a desk and on a phone; names offered while typing; a message action's form."""
    page = await open_page()
    await settled(page)
    await keep(page, "channel-light", tmp_path)
    await phone(page, "phone-light", tmp_path)
    await page.locator("#composer-main").press_sequentially("/didtalk Good morning! --voice j")
    await expect(page.get_by_role("option").first).to_contain_text("Jenny")
    await keep(page, "completion-light", tmp_path)
    await page.locator("#composer-main").fill("")
    await hover(page, message(page, "Hello everyone, I am Ben"), "More actions")
    await page.get_by_role("menuitem", name="Make it talk").click()
    await keep(page, "form-light", tmp_path)


async def test_in_the_dark(open_page: Opener, tmp_path: Path) -> None:
    """The same in the dark, and a job at work in a thread."""
    page = await open_page(look="dark")
    await settled(page)
    await keep(page, "channel-dark", tmp_path)
    await phone(page, "phone-dark", tmp_path)
    await hover(page, message(page, "Hello everyone, I am Ben"), "Reply in thread")
    words = "@didtalk say Welcome to the team, Ben! We are glad that you are here."
    await send(page, words, "#composer-thread")
    await expect(page.locator("#thread .clock").last).to_contain_text("s so far")
    await keep(page, "thread-dark", tmp_path)
