"""The console as a newcomer uses it, in a real browser, against the demo with its real sandbox."""

import asyncio
import signal

import pytest
from playwright.async_api import Locator, Page, expect

from bot.wiring.faces import portrait_paths
from tests.browser.conftest import PageOpener, RunningDemo

pytestmark = pytest.mark.asyncio(loop_scope="session")

FACE = portrait_paths()["ada"]
WELCOME_TEXT = "Hello! I am Ada"
VIDEO_TIMEOUT_MILLISECONDS = 30_000
NOTICE_RECONNECTING = """status => {
  window.reconnecting = new Promise((resolve) => {
    const look = () => status.textContent.includes("Reconnecting") && resolve();
    new MutationObserver(look).observe(status, { childList: true, subtree: true, characterData: true });
  });
}"""


def find_message(page: Page, words: str, within: str = "#channel") -> Locator:
    """The message that says something."""
    return page.locator(f"{within} .message", has_text=words).last


async def send_text(page: Page, words: str, field: str = "#composer-main") -> None:
    """Type and send, as fast as fingers may be."""
    await page.locator(field).fill(words)
    await page.locator(field).press("Enter")
    await expect(page.locator(field)).to_have_value("")


async def use_tool(page: Page, at: Locator, tool: str) -> None:
    """Use one of the tools of a message."""
    await at.hover()
    await at.get_by_role("button", name=tool).click()


async def pick_emoji(page: Page, at: Locator, emoji: str) -> None:
    """React with an emoji from the picker."""
    await use_tool(page, at, "Add a reaction")
    await page.get_by_role("searchbox").fill(emoji)
    await page.locator(".emoji-picker button.emoji").first.click()


async def expect_playing(video: Locator) -> None:
    """The video has a length, and time passes in it."""
    await video.scroll_into_view_if_needed()
    await expect(video).to_have_js_property("readyState", 4, timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await video.evaluate("video => video.play()")
    await video.page.wait_for_function("video => video.currentTime > 0.3", arg=await video.element_handle())
    assert await video.evaluate("video => video.duration") > 1
    await video.evaluate("video => video.pause()")


async def drop_file(page: Page, onto: str, name: str, type_: str, body: bytes) -> None:
    """Drop a file as a hand would."""
    transfer = await page.evaluate_handle(
        """([name, type, bytes]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
            return transfer;
        }""",
        [name, type_, list(body)],
    )
    for event in ("dragenter", "dragover", "drop"):
        await page.dispatch_event(onto, event, {"dataTransfer": transfer})


@pytest.mark.slow
async def test_the_first_video_is_there_and_plays(open_page: PageOpener, demo: RunningDemo) -> None:
    """A minute after cloning: a page, and in it a video with picture, sound, captions and words for it."""
    page = await open_page()
    first = find_message(page, WELCOME_TEXT)
    await expect(first.get_by_text("Done")).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    video = first.locator("video")
    await expect_playing(video)
    assert await video.get_attribute("aria-label")
    cues = "video => video.textTracks[0].cues?.length || 0"
    await page.wait_for_function(f"video => ({cues})(video) > 0", arg=await video.element_handle())
    assert sum("http://127.0.0.1" in line for line in demo.output_lines) == 1


@pytest.mark.slow
async def test_a_command_is_completed_and_a_dropped_face_speaks(open_page: PageOpener) -> None:
    """Commands, options and live names are offered as one types; the dropped face is the one that speaks."""
    page = await open_page()
    box = page.locator("#composer-main")
    await box.press_sequentially("/didt")
    await expect(page.get_by_role("option", name="/didtalk")).to_be_visible()
    await page.keyboard.press("Tab")
    await box.press_sequentially("Good morning, team. --voi")
    await expect(page.get_by_role("option", name="--voice")).to_be_visible()
    await page.keyboard.press("Tab")
    await box.press_sequentially("jen")
    option = page.get_by_role("option").first
    await expect(option).to_contain_text("Jenny")
    await page.keyboard.press("ArrowDown")
    async with page.expect_response("**/api/sample?*") as sample:
        await page.keyboard.press("Alt+Enter")
    assert (await sample.value).headers["content-type"].startswith("audio/")
    await page.keyboard.press("Enter")
    assert "--voice " in await box.input_value()
    await drop_file(page, "#channel", "face.png", "image/png", FACE.read_bytes())
    await expect(page.locator("#channel .chip img")).to_be_visible()
    await box.press("Enter")
    card = find_message(page, "Good morning, team.")
    await expect(card.get_by_role("progressbar")).to_be_visible()
    await expect_playing(card.locator("video"))


@pytest.mark.slow
async def test_a_flag_under_a_video_brings_a_translation(open_page: PageOpener) -> None:
    """🇫🇷 on a video: the translation appears in its thread, which opens by itself."""
    page = await open_page()
    first = find_message(page, WELCOME_TEXT)
    await expect(first.get_by_text("Done")).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await pick_emoji(page, first, "french")
    reply = find_message(page, "Translation into French", "#thread")
    await expect_playing(reply.locator("video"))
    await expect(first.get_by_role("button", name="1 reply")).to_be_visible()


@pytest.mark.slow
async def test_cancel_and_redo(open_page: PageOpener) -> None:
    """Cancel stops a job at once; Redo, pressed twice by an impatient finger, makes one more."""
    page = await open_page()
    await send_text(page, "/didtalk This one is not wanted [fault:slow=30]")
    await find_message(page, "This one is not wanted").get_by_role("button", name="Cancel").click()
    await expect(find_message(page, "This one is not wanted")).to_contain_text("Cancelled.")
    await send_text(page, "/didtalk Again, again!")
    done = find_message(page, "Again, again!")
    await expect(done.get_by_text("Done")).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await done.get_by_role("button", name="Redo", exact=True).dblclick()
    await expect(page.locator("#channel .message", has_text="Again, again!")).to_have_count(2)
    await asyncio.sleep(0.5)
    await expect(page.locator("#channel .message", has_text="Again, again!")).to_have_count(2)


@pytest.mark.slow
async def test_another_channel_hears_of_it(open_page: PageOpener) -> None:
    """A subscribed channel gets one notice with the way to the video; who is elsewhere sees a count."""
    page = await open_page()
    await page.get_by_role("button", name="studio-news").click()
    await send_text(page, "/did subscribe done")
    await expect(find_message(page, "subscribed this channel to")).to_be_visible()
    await page.get_by_role("button", name="general").click()
    await send_text(page, "/didtalk News from general")
    await expect(page.get_by_role("button", name="studio-news, 1 new")).to_be_visible(
        timeout=VIDEO_TIMEOUT_MILLISECONDS
    )
    await page.get_by_role("button", name="studio-news").click()
    notice = find_message(page, "News from general")
    await expect(notice).to_contain_text("Done")
    await notice.get_by_role("button", name="Go to the video").click()
    await expect(find_message(page, "News from general").locator(".video-box")).to_be_focused()
    await page.get_by_role("button", name="studio-news").click()
    await send_text(page, "/did unsubscribe")


@pytest.mark.slow
async def test_a_message_action_opens_the_form_it_needs(open_page: PageOpener) -> None:
    """Make it talk: what the message gives is filled in, a fault is said at its field, the result is in the thread."""
    page = await open_page("ben")
    portrait = find_message(page, "Hello everyone, I am Ben")
    await use_tool(page, portrait, "More actions")
    await page.get_by_role("menuitem", name="Make it talk").click()
    form = page.get_by_role("dialog", name="Make a talking-head video")
    await expect(form.get_by_label("Script")).to_have_value("Hello everyone, I am Ben. Nice to meet you!")
    await form.get_by_label("Script").fill("No")
    await form.get_by_role("button", name="Create video").click()
    await expect(form.get_by_label("Script")).to_be_focused()
    await expect(form.locator(".field-alert:visible")).to_contain_text("this has 2")
    await form.get_by_label("Script").fill("So nice.")
    await form.get_by_role("button", name="Create video").click()
    await expect(find_message(page, "So nice.", "#thread").get_by_text("Done")).to_be_visible(
        timeout=VIDEO_TIMEOUT_MILLISECONDS
    )


@pytest.mark.slow
async def test_reload_and_restart_in_the_middle_of_it(open_page: PageOpener) -> None:
    """A reload and a restart of the bot mid-render: the card is there again, and ends in one video."""
    page = await open_page("mia")
    await send_text(page, "/didtalk I outlive restarts [fault:slow=3]")
    await expect(find_message(page, "I outlive restarts").get_by_role("progressbar")).to_be_visible()
    await page.reload()
    await expect(find_message(page, "I outlive restarts").get_by_role("progressbar")).to_be_visible()
    status = page.get_by_role("status").filter(has_text="Connected")
    await status.evaluate(NOTICE_RECONNECTING)  # a restart may be over in less time than it takes to look
    await page.get_by_role("button", name="Test tools").click()
    await page.get_by_role("button", name="Restart the bot").click()
    async with asyncio.timeout(15):
        await page.evaluate("() => window.reconnecting")
    await expect(page.get_by_role("status").filter(has_text="Connected")).to_be_visible()
    await expect_playing(find_message(page, "I outlive restarts").locator("video"))
    await expect(page.locator(".message", has_text="I outlive restarts")).to_have_count(1)


@pytest.mark.slow
async def test_killed_in_the_middle_of_it(open_page: PageOpener, demo: RunningDemo) -> None:
    """The process is killed mid-render and started again; words sent meanwhile arrive once, the video comes once."""
    page = await open_page()
    await send_text(page, "/didtalk Not even that stops me [fault:slow=2]")
    await expect(find_message(page, "Not even that stops me").get_by_role("progressbar")).to_be_visible()
    await demo.stop_demo(signal.SIGKILL)
    await expect(page.get_by_role("status").filter(has_text="Reconnecting")).to_be_visible()
    box = page.locator("#composer-main")
    await box.fill("Sent while nobody was there")
    await box.press("Enter")
    await demo.start_demo()
    await expect(box).to_have_value("", timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await expect(page.locator(".message", has_text="Sent while nobody was there")).to_have_count(1)
    await expect_playing(find_message(page, "Not even that stops me").locator("video"))
    await expect(page.locator(".message", has_text="Not even that stops me")).to_have_count(1)


@pytest.mark.slow
async def test_the_studio_misbehaves_on_request(open_page: PageOpener) -> None:
    """A fault from the test tools reaches the next job, which then says why and that nothing was spent."""
    page = await open_page("mia")
    await page.get_by_role("button", name="random").click()
    await page.get_by_role("button", name="Test tools").click()
    await page.get_by_label("Fault").select_option("402")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.get_by_text("Active: 402 × 1.")).to_be_visible()
    await page.keyboard.press("Escape")
    await send_text(page, "/didtalk Nobody pays for this")
    failed = find_message(page, "Nobody pays for this")
    await expect(failed).to_contain_text("Failed")
    await expect(failed).to_contain_text("You weren't charged.")


@pytest.mark.slow
async def test_the_demo_keeps_everything_in_its_own_folder(demo: RunningDemo) -> None:
    """Nothing is written beside the data folder."""
    there = await asyncio.to_thread(lambda: [each.name for each in demo.cli.folder.iterdir()])
    assert there == ["data"]
