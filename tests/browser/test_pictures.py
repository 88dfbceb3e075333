"""The pictures of the README, made by the tests: when the console changes, so do they."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.browser.conftest import PageOpener
from tests.browser.test_first_use import VIDEO_TIMEOUT_MILLISECONDS, find_message, send_text, use_tool

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURES_FOLDER = Path(__file__).parent.parent.parent / "docs" / "console"
MAX_PICTURE_BYTES = 200_000  # bytes a picture may have


async def wait_until_drawn(page: Page) -> None:
    """Everything drawn: pictures there, the first video's first frame there."""
    await expect(find_message(page, "Hello! I am Ada").get_by_text("Done")).to_be_visible(
        timeout=VIDEO_TIMEOUT_MILLISECONDS
    )
    await find_message(page, "Hello! I am Ada").locator("video").scroll_into_view_if_needed()
    await expect(find_message(page, "Hello! I am Ada").locator("video")).to_have_js_property(
        "readyState", 4, timeout=VIDEO_TIMEOUT_MILLISECONDS
    )
    await page.wait_for_function("[...document.images].every((each) => each.complete)")
    await find_message(page, "Hello! I am Ada").locator("video").evaluate("video => { video.currentTime = 1.2 }")
    await page.wait_for_timeout(1200)  # until the player's own spinner is gone


async def save_picture(page: Page, name: str, folder: Path) -> None:
    """Keep a picture, small; in docs only when asked to, so that a test run leaves the working tree alone."""
    target = (PICTURES_FOLDER if os.environ.get("DIDTALK_PICTURES") else folder) / f"{name}.png"
    assert 5_000 < _write_picture(await page.screenshot(), target) < MAX_PICTURE_BYTES


def _write_picture(shot: bytes, target: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    small = Image.open(io.BytesIO(shot)).convert("RGB").quantize(256, kmeans=2, dither=Image.Dither.FLOYDSTEINBERG)
    small.save(target, optimize=True)
    return target.stat().st_size


async def save_phone_picture(page: Page, name: str, folder: Path) -> None:
    """The same page on a phone, and back."""
    await page.set_viewport_size({"width": 390, "height": 780})
    await wait_until_drawn(page)
    await save_picture(page, name, folder)
    await page.set_viewport_size({"width": 1280, "height": 800})


async def test_in_the_light(open_page: PageOpener, tmp_path: Path) -> None:
    """What a newcomer sees first, on a desk and on a phone; names offered while typing; a message action's form."""
    page = await open_page()
    await wait_until_drawn(page)
    await save_picture(page, "channel-light", tmp_path)
    await save_phone_picture(page, "phone-light", tmp_path)
    await page.locator("#composer-main").press_sequentially("/didtalk Good morning! --voice j")
    await expect(page.get_by_role("option").first).to_contain_text("Jenny")
    await save_picture(page, "completion-light", tmp_path)
    await page.locator("#composer-main").fill("")
    await use_tool(page, find_message(page, "Hello everyone, I am Ben"), "More actions")
    await page.get_by_role("menuitem", name="Make it talk").click()
    await save_picture(page, "form-light", tmp_path)


async def test_in_the_dark(open_page: PageOpener, tmp_path: Path) -> None:
    """The same in the dark, and a job at work in a thread."""
    page = await open_page(look="dark")
    await wait_until_drawn(page)
    await save_picture(page, "channel-dark", tmp_path)
    await save_phone_picture(page, "phone-dark", tmp_path)
    await use_tool(page, find_message(page, "Hello everyone, I am Ben"), "Reply in thread")
    words = "@didtalk say Welcome to the team, Ben! We are glad that you are here."
    await send_text(page, words, "#composer-thread")
    await expect(page.locator("#thread .clock").last).to_contain_text("s so far")
    await save_picture(page, "thread-dark", tmp_path)
