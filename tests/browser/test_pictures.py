"""The pictures of the README, made by the tests: when the console changes, so do they."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import PageOpener
from tests.browser.test_first_use import (
    VIDEO_TIMEOUT_MILLISECONDS,
    expect_playing,
    find_message,
    pick_emoji,
    send_text,
    use_tool,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURES_FOLDER = Path(__file__).parents[2] / "docs" / "images"
MAX_PICTURE_BYTES = 200_000
MAX_RECORDING_BYTES = 3_000_000
RECORDING_SIZE = (1120, 700)
FRAME_MILLISECONDS = 200
LETTERS_PER_FRAME = 12
# D-ID translates videos of at least 10 seconds, so the text has to be long enough.
RECORDED_WORDS = (
    "Welcome aboard, everyone! We are glad that you are here. Today I will show you around and introduce you to the "
    "team, and after lunch we will make your very first video together."
)
THUMBNAIL_WIDTH = 160
# What the README's table shows: a name, what is typed, and how far into the video the picture is taken.
THUMBNAILS = [
    ("talk", "/didtalk Welcome aboard! --image ben", 0.6),
    ("animate", "/did animate dance --image ada", 1.6),
    ("video", "/did video Good morning, everyone --background #223344", 0.7),
    ("storyboard", "/did storyboard @Anna: Hello. [captions] @Viktor: Hi there!", 0.6),
    ("template", "/did template Welcome --fill first_name=Ana", 0.6),
    ("translate", "/didtalk Buenos días a todos --language Spanish --subtitles", 0.7),
]


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
    target = picture_path(f"{name}.png", folder)
    assert 5_000 < _write_picture(await page.screenshot(), target) < MAX_PICTURE_BYTES


def picture_path(name: str, folder: Path) -> Path:
    """In docs only when asked to."""
    target = (PICTURES_FOLDER if os.environ.get("DIDTALK_PICTURES") else folder) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _write_picture(shot: bytes, target: Path) -> int:
    small = Image.open(io.BytesIO(shot)).convert("RGB").quantize(256, kmeans=2, dither=Image.Dither.FLOYDSTEINBERG)
    small.save(target, optimize=True)
    return target.stat().st_size


async def save_phone_picture(page: Page, name: str, folder: Path) -> None:
    """The same page on a phone, and back."""
    await page.set_viewport_size({"width": 390, "height": 780})
    await wait_until_drawn(page)
    await save_picture(page, name, folder)
    await page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.slow
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


@pytest.mark.slow
async def test_in_the_dark(open_page: PageOpener, tmp_path: Path) -> None:
    """The same in the dark, and a job at work in a thread."""
    page = await open_page(colour_scheme="dark")
    await wait_until_drawn(page)
    await save_picture(page, "channel-dark", tmp_path)
    await save_phone_picture(page, "phone-dark", tmp_path)
    await use_tool(page, find_message(page, "Hello everyone, I am Ben"), "Reply in thread")
    words = "@didtalk say Welcome to the team, Ben! We are glad that you are here."
    await send_text(page, words, "#composer-thread")
    await expect(page.locator("#thread .clock").last).to_contain_text("s so far")
    await save_picture(page, "thread-dark", tmp_path)


class Recording:
    """Frames of a page, put together as one animated picture."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[Image.Image] = []

    async def take_frames(self, count: int) -> None:
        """So many frames of what is to be seen now, at the speed of the recording."""
        for _ in range(count):
            shot = Image.open(io.BytesIO(await self._page.screenshot(type="jpeg", quality=90))).convert("RGB")
            self._frames.append(shot.resize((RECORDING_SIZE[0] * 5 // 7, RECORDING_SIZE[1] * 5 // 7)))
            await self._page.wait_for_timeout(FRAME_MILLISECONDS / 2)

    async def type_slowly(self, words: str) -> None:
        """Type two or three words a frame."""
        for start in range(0, len(words), LETTERS_PER_FRAME):
            await self._page.locator("#composer-main").press_sequentially(words[start : start + LETTERS_PER_FRAME])
            await self.take_frames(1)
        await self._page.keyboard.press("Escape")

    async def play_video(self, video: Locator, frames: int) -> None:
        """Step through a video, so that it moves as fast as it should however slow this machine is."""
        await expect_playing(video)
        for index in range(frames):
            await video.evaluate("(video, at) => { video.currentTime = at }", index * FRAME_MILLISECONDS / 1000)
            await self._page.wait_for_timeout(FRAME_MILLISECONDS)
            await self.take_frames(1)

    def save(self, target: Path) -> int:
        """Write it; how many bytes it has."""
        target.parent.mkdir(parents=True, exist_ok=True)
        first, *others = self._frames
        options = {"duration": FRAME_MILLISECONDS, "loop": 0, "quality": 60, "method": 4, "save_all": True}
        first.save(target, "WEBP", append_images=others, **options)
        return target.stat().st_size


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_animated_picture(open_page: PageOpener, tmp_path: Path) -> None:
    """Type, card, video plays, flag, French video: ten to fifteen seconds."""
    page = await open_page(width=RECORDING_SIZE[0], height=RECORDING_SIZE[1])
    await wait_until_drawn(page)
    recording = Recording(page)
    await recording.take_frames(3)
    await recording.type_slowly(f"/didtalk {RECORDED_WORDS}")
    await page.locator("#composer-main").press("Enter")
    card = find_message(page, "Welcome aboard, everyone!")
    await expect(card.get_by_role("progressbar")).to_be_visible()
    await recording.take_frames(5)
    await expect(card.get_by_text("Done")).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await recording.play_video(card.locator("video"), 12)
    await pick_emoji(page, card, "french")
    await recording.take_frames(6)
    reply = find_message(page, "French", "#thread")
    await expect(reply.locator("video")).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await recording.play_video(reply.locator("video"), 14)
    size = recording.save(picture_path("console.webp", tmp_path))
    assert 50_000 < size < MAX_RECORDING_BYTES


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_what_can_be_made(open_page: PageOpener, tmp_path: Path) -> None:
    """One picture for each line of the README's table, out of a video that the sandbox made."""
    page = await open_page()
    for name, typed, at in THUMBNAILS:
        await send_text(page, typed)
        video = page.locator("#channel .message").last.locator("video")
        await expect(video).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
        await expect_playing(video)
        await video.evaluate("(video, at) => { video.controls = false; video.currentTime = at }", at)
        await page.wait_for_timeout(500)
        shot = Image.open(io.BytesIO(await video.screenshot())).convert("RGB")
        target = picture_path(f"{name}.jpg", tmp_path)
        height = round(THUMBNAIL_WIDTH * shot.height / shot.width)
        shot.resize((THUMBNAIL_WIDTH, height)).save(target, quality=80)
        assert target.stat().st_size > 1_000
