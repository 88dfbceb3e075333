"""HeyGen in the console, in a real browser: storyboards typed and dropped, a photo, two languages, another studio."""

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Locator, Page, expect

from bot.wiring.faces import portrait_paths
from tests.browser.conftest import PageOpener
from tests.browser.test_first_use import VIDEO_TIMEOUT_MILLISECONDS, drop_file, expect_playing, find_message, send_text
from tests.end_to_end.video_probe import probe_video

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCENES_YAML = b"""title: Dropped scenes
size: 640x360
captions: true
scenes:
  - who: Anna
    say: Hello from a file.
    background: office.png
  - who: Anna
    silence: 1
  - photo: ben
    say: I am a talking photo.
    style: circle
    background: "#223344"
"""


async def download_video(video: Locator, to: Path) -> Path:
    """The video's file as the page gets it."""
    address = await video.evaluate("video => video.currentSrc || video.src")
    body = await (await video.page.request.get(address)).body()
    await asyncio.to_thread(to.write_bytes, body)
    return to


async def last_video_message(page: Page, words: str) -> Locator:
    """The finished message that says something, with its video playing."""
    found = find_message(page, words)
    await expect(found.locator("video")).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await expect_playing(found.locator("video"))
    return found


@pytest.mark.slow
async def test_a_typed_script_is_planned_and_made(open_page: PageOpener) -> None:
    """The card tells the scenes, the characters and the length before anything is there."""
    page = await open_page()
    await send_text(page, "/did storyboard --plan @Anna: Typed here. [silence 1] @Viktor: And answered.")
    plan = find_message(page, "Preview only:")
    await expect(plan).to_contain_text("Plan: 3 scenes · Anna, Viktor")
    await expect(plan).to_contain_text("1. Anna says “Typed here.”")
    await plan.get_by_role("button", name="Create the video").click()
    await expect(page.locator("#channel").get_by_text("Preview only:")).to_have_count(0)
    card = find_message(page, "Storyboard: “Typed here.”")
    await expect(card.locator("video")).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await expect_playing(card.locator("video"))


@pytest.mark.slow
async def test_dropped_scenes_are_made_as_the_file_says(open_page: PageOpener, tmp_path: Path) -> None:
    """An avatar, a talking photo, a picture behind, a silence and captions, at the asked size."""
    page = await open_page()
    picture = io.BytesIO()
    Image.new("RGB", (400, 300), (90, 160, 90)).save(picture, "png")
    await drop_file(page, "#channel", "scenes.yml", "application/yaml", SCENES_YAML)
    await drop_file(page, "#channel", "office.png", "image/png", picture.getvalue())
    await expect(page.locator("#channel .chip")).to_have_count(2)
    await send_text(page, "/did storyboard")
    card = find_message(page, "Dropped scenes")
    await expect(card.locator("video")).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await expect_playing(card.locator("video"))
    shown = await card.locator("video").evaluate("video => [...video.textTracks].map((track) => track.mode)")
    assert shown == ["disabled"], "the captions are in the picture, so the player must not show them again"
    film = await asyncio.to_thread(probe_video, await download_video(card.locator("video"), tmp_path / "film.mp4"))
    assert (film.width, film.height) == (640, 360)
    assert film.seconds > 3
    assert film.peak_loudness > 0.05


async def test_a_slip_in_a_dropped_file_is_told_with_its_line(open_page: PageOpener) -> None:
    """And nothing is begun."""
    page = await open_page()
    body = b"scenes:\n  - who: Anna\n    silence: 101\n"
    await drop_file(page, "#channel", "bad.yml", "application/yaml", body)
    await expect(page.locator("#channel .chip")).to_have_count(1)
    box = page.locator("#composer-main")
    await box.fill("/did storyboard")
    await page.keyboard.press("Escape")
    await box.press("Enter")
    await expect(page.get_by_text("Line 3: silence is a number from 1 to 100; this is 101.").first).to_be_visible()


@pytest.mark.slow
async def test_a_photo_speaks_by_heygen_and_then_two_other_languages(open_page: PageOpener) -> None:
    """A v3 image video; both translations arrive in its thread."""
    page = await open_page()
    await drop_file(page, "#channel", "face.png", "image/png", portrait_paths()["ben"].read_bytes())
    await expect(page.locator("#channel .chip img")).to_be_visible()
    await send_text(page, "/didtalk A photo speaks, long enough to be translated into languages. --studio heygen")
    made = await last_video_message(page, "long enough to be translated")
    await expect(made).to_contain_text("in the sandbox (HeyGen)")
    await made.hover()
    await made.get_by_role("button", name="Reply in thread").click()
    await send_text(page, "@didtalk translate es fr --studio heygen", "#composer-thread")
    for language in ("Spanish", "French"):
        reply = find_message(page, f"Translation into {language}", "#thread")
        await expect(reply.locator("video")).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
        await expect_playing(reply.locator("video"))


@pytest.mark.slow
async def test_what_heygen_refuses_is_made_by_the_other_with_one_button(open_page: PageOpener) -> None:
    """The card says what changes and what it costs."""
    page = await open_page("mia")
    await send_text(page, "/didtalk Only one of them can do this --studio heygen --driver lively")
    refused = page.locator("#channel .message", has_text="HeyGen has no --driver").last
    await expect(refused).to_contain_text("D-ID credits are used.")
    await refused.get_by_role("button", name="Try D-ID").click()
    await expect(page.locator("#channel .message", has_text="in the sandbox (D-ID)").last).to_contain_text(
        "Only one of them", timeout=VIDEO_TIMEOUT_MILLISECONDS
    )
