"""Everybody can use it: names for every control, enough contrast, an order that makes sense, keys for everything."""

from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.wiring.faces import portrait_paths
from tests.browser.conftest import PageOpener
from tests.browser.test_first_use import VIDEO_TIMEOUT_MILLISECONDS, drop_file, find_message, send_text, use_tool

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHECKS_SCRIPT = (Path(__file__).parent / "checks.js").read_text().partition("\n")[2].rstrip()
OWN_CHECKS = f"(() => Object.values({CHECKS_SCRIPT}).flatMap((check) => check()))()"
AXE_SCRIPT = (resources.files("axe_playwright_python") / "axe.min.js").read_text()
# All rules, those for recommended practice as well, and two that are off by default.
AXE_CHECK = """async () => {
  const rules = { "label-content-name-mismatch": { enabled: true }, "target-size": { enabled: true } };
  const { violations } = await axe.run(document, { resultTypes: ["violations"], rules });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
}"""
PHONE = {"width": 390, "height": 780}
KEEP_WHAT_IS_READ_OUT = """live => {
  window.readOut = [];
  const keep = (all) => all.forEach((each) => each.addedNodes.forEach((node) => window.readOut.push(node.textContent)));
  new MutationObserver(keep).observe(live, { childList: true });
}"""
FOCUSED_MESSAGE = "() => document.activeElement.closest('.message')?.dataset.id || ''"


class StateChecker:
    """Checks one state of a page after another, and keeps what is wrong."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.faults: list[str] = []

    async def check(self, state: str) -> None:
        """What axe-core finds, and our own checks."""
        if not await self._page.evaluate("'axe' in window"):
            await self._page.evaluate(AXE_SCRIPT)
        found = await self._page.evaluate(AXE_CHECK) + await self._page.evaluate(OWN_CHECKS)
        self.faults += [f"{state}: {each}" for each in found]


async def check_messages(page: Page, checker: StateChecker) -> None:
    """Cards of every tone, a video, attached files, a question, a refusal, help."""
    await send_text(page, "/didtalk Judged by axe")
    await expect(find_message(page, "Judged by axe").get_by_role("progressbar")).to_be_visible()
    await checker.check("a job at work")
    await expect(find_message(page, "Judged by axe").locator("video")).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await checker.check("a video")
    await send_text(page, "/didtalk Judged and refused [fault:451]")
    await expect(find_message(page, "Judged and refused").get_by_text("Failed")).to_be_visible()
    await drop_file(page, "#channel", "me.png", "image/png", portrait_paths()["ada"].read_bytes())
    await expect(page.locator("#channel .chip img")).to_be_visible()
    await checker.check("a failure and a file to send")
    await page.get_by_role("button", name="Send").first.click()
    await expect(find_message(page, "What should this photo say?")).to_be_visible()
    await send_text(page, "/did help")
    await expect(find_message(page, "/did animate")).to_be_visible()
    await page.locator("#composer-main").fill("/did anmate")
    await page.locator("#composer-main").press("Enter")
    await expect(page.locator("#channel .alert")).to_be_visible()
    await checker.check("a question, help and a refusal")


async def check_lists(page: Page, checker: StateChecker) -> None:
    """What opens while typing, the emoji picker and the menu of a message, its thread."""
    for typed in ("/did", "/didtalk hi --voice "):
        await page.locator("#composer-main").fill("")
        await page.locator("#composer-main").press_sequentially(typed)
        await expect(page.get_by_role("option").first).to_be_visible()
        await page.keyboard.press("ArrowDown")
        await checker.check(f"completion of {typed}")
    await page.locator("#composer-main").fill("")
    row = find_message(page, "Hello everyone, I am Ben")
    await use_tool(page, row, "Add a reaction")
    await checker.check("emoji")
    await page.locator(".emoji-picker button.emoji").first.press("Escape")
    await use_tool(page, row, "More actions")
    await checker.check("menu")
    await page.get_by_role("menuitem", name="Reply in thread").click()
    await checker.check("thread")
    await page.get_by_role("button", name="Close thread").click()


async def check_dialogs(page: Page, checker: StateChecker) -> None:
    """A form with a fault, details, a new channel, the test tools."""
    await page.get_by_role("button", name="Open a form").first.click()
    await page.get_by_text("More options").click()
    await checker.check("form")
    await page.get_by_role("button", name="Create video").click()
    await expect(page.locator(".field-alert:visible")).to_be_visible()
    await checker.check("form with a fault")
    await page.keyboard.press("Escape")
    await find_message(page, "Judged by axe").get_by_role("button", name="Details").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await checker.check("details")
    await page.keyboard.press("Escape")
    if await page.get_by_role("button", name="Show channels").is_visible():
        await page.get_by_role("button", name="Show channels").click()
        await expect(page.get_by_role("button", name="general")).to_be_focused()
        await checker.check("channels")
    for name in ("Create channel", "Test tools"):
        await page.get_by_role("button", name=name).click()
        await checker.check(name)
        await page.keyboard.press("Escape")


@pytest.mark.parametrize(
    "look",
    [
        pytest.param({"colour_scheme": "light"}, id="light"),
        pytest.param({"colour_scheme": "dark"}, id="dark", marks=pytest.mark.slow),
        pytest.param(PHONE, id="phone", marks=pytest.mark.slow),
    ],
)
async def test_axe_and_our_own_checks_find_nothing_in_any_state(open_page: PageOpener, look: dict[str, Any]) -> None:
    """axe-core's rules, names, words for pictures, contrast of words and of progress, in every state and look."""
    page = await open_page(**look)
    checker = StateChecker(page)
    await check_messages(page, checker)
    await check_lists(page, checker)
    await check_dialogs(page, checker)
    assert checker.faults == []


async def test_the_checks_see_what_is_wrong(open_page: PageOpener) -> None:
    """A check that finds nothing has to be able to."""
    page = await open_page()
    checker = StateChecker(page)
    await page.locator("#channel .about").evaluate("each => each.style.color = '#777'")
    await page.locator("#channel .about").evaluate("each => each.append(document.createElement('button'))")
    await page.locator("#channel .messages").evaluate("each => each.append(document.createElement('progress'))")
    await checker.check("")
    found = " ".join(checker.faults)
    for sign in ("4.48 about", "button-name", "aria-required-children"):
        assert sign in found


async def test_the_page_is_in_order(open_page: PageOpener) -> None:
    """One heading to begin with, landmarks, a language, live regions; Tab goes left to right, top to bottom."""
    page = await open_page()
    assert await page.locator("html").get_attribute("lang") == "en"
    await expect(page.get_by_role("heading", level=1)).to_have_text("didtalk")
    for role in ("main", "navigation", "complementary"):
        await expect(page.get_by_role(role)).to_have_count(1)
    assert await page.locator("[aria-live=polite]").count() >= 2
    await page.evaluate("document.activeElement.blur()")
    order = []
    for _ in range(300):
        await page.keyboard.press("Tab")
        order.append(
            await page.evaluate(
                "(({id, ariaLabel, textContent}) => id || ariaLabel || textContent)(document.activeElement)"
            )
        )
        if order[-1] == "composer-main":
            break
    assert order[0] == "Skip to the message box"
    assert order.index("Create channel") < order.index("general") < order.index("composer-main")


async def test_the_end_of_a_job_is_read_out(open_page: PageOpener) -> None:
    """That it is done or failed, once each, not every step in between."""
    page = await open_page()
    await page.locator("#live").evaluate(KEEP_WHAT_IS_READ_OUT)
    await send_text(page, "/didtalk Read out when done")
    await send_text(page, "/didtalk Read out as failed [fault:451]")
    await page.wait_for_function("() => window.readOut.some((each) => each.startsWith('Done. “Read out when done'))")
    await page.wait_for_function("() => window.readOut.some((each) => each.startsWith('Failed. “Read out as failed'))")
    read_out = [each for each in await page.evaluate("window.readOut") if "Read out" in each]
    assert len([each for each in read_out if each.startswith("Working")]) <= 2
    assert len([each for each in read_out if each.startswith(("Done", "Failed"))]) == 2


async def test_a_video_message_has_few_stops_and_all_of_it_by_keyboard(open_page: PageOpener) -> None:
    """One stop each for the player, its download, the buttons and the tools; arrows move between the buttons."""
    page = await open_page()
    message = find_message(page, "Hello! I am Ada")
    player = message.locator(".video-box")
    await expect(message.locator("video")).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await player.focus()
    stops = 0
    while await page.evaluate(FOCUSED_MESSAGE) == await message.get_attribute("data-id"):
        stops += 1
        await page.keyboard.press("Tab")
    assert stops <= 5
    await message.get_by_role("button", name="Redo", exact=True).focus()
    await page.keyboard.press("ArrowRight")
    await expect(message.get_by_role("button", name="Edit & redo")).to_be_focused()
    await page.keyboard.press("End")
    await expect(message.get_by_role("button", name="Details")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(message.get_by_role("button", name="Redo", exact=True)).to_be_focused()
    await player.focus()
    await expect(message.locator("video")).to_have_js_property("readyState", 4)
    await page.keyboard.press("Space")
    await expect(message.locator("video")).to_have_js_property("paused", value=False)
    await page.keyboard.press("Enter")
    await expect(message.locator("video")).to_be_focused()


async def test_the_focus_stays_near_what_was_deleted(open_page: PageOpener) -> None:
    """On the next message, else the one before; a dismissed answer as well."""
    page = await open_page()
    await page.get_by_role("button", name="random").click()
    for words in ("Stays before", "Is deleted", "Stays behind"):
        await send_text(page, words)
        await expect(find_message(page, words)).to_be_visible()
    for deleted, focused in (("Is deleted", "Stays behind"), ("Stays behind", "Stays before")):
        await find_message(page, deleted).get_by_role("button", name="More actions").press("Enter")
        await page.get_by_role("menuitem", name="Delete message").press("Enter")
        await expect(find_message(page, focused)).to_be_focused()
    await send_text(page, "/did help animate")
    await find_message(page, "Animate a photo").get_by_role("button", name="Dismiss").press("Enter")
    await expect(find_message(page, "Stays before")).to_be_focused()


async def test_a_video_without_subtitles_has_its_words(open_page: PageOpener) -> None:
    """They are known, so whoever cannot hear can read them; a track says its language."""
    page = await open_page()
    await send_text(page, "/didtalk Bonjour tout le monde. Deux phrases. --voice fr-FR-DeniseNeural")
    video = find_message(page, "Bonjour tout le monde").locator("video")
    await expect(video).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await page.wait_for_function("video => video.textTracks.length === 1", arg=await video.element_handle())
    told = await video.evaluate("""video => {
      const [track] = video.textTracks;
      track.mode = "hidden";
      return [track.kind, track.language, ...[...track.cues].map((cue) => cue.text)];
    }""")
    assert told == ["captions", "fr", "Bonjour tout le monde.", "Deux phrases."]


async def test_all_of_it_by_keyboard(open_page: PageOpener) -> None:
    """Ask by completion, open a menu, walk it, leave it, and be where one was: without a mouse."""
    page = await open_page()
    await page.get_by_role("button", name="random").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer-main")).to_be_focused()
    await page.keyboard.type("/did he")
    await page.keyboard.press("Tab")
    await page.keyboard.type("ani")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#composer-main")).to_have_attribute("aria-activedescendant", "choices-1-0")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    answer = find_message(page, "Animate a photo")
    await expect(answer).to_contain_text("Only you can see this")
    more = answer.get_by_role("button", name="More actions")
    await more.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Escape")
    await expect(more).to_be_focused()
    await answer.get_by_role("button", name="Dismiss").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".message", has_text="Animate a photo")).to_have_count(0)


async def test_a_phone_shows_one_thing_at_a_time(open_page: PageOpener) -> None:
    """At 390 pixels nothing is cut off sideways, and channels, messages and thread each fill the screen."""
    page = await open_page(width=390, height=780)
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not await page.evaluate(wide)
    await page.get_by_role("button", name="Show channels").click()
    await expect(page.get_by_role("button", name="studio-news")).to_be_visible()
    assert not await page.evaluate(wide)
    await page.get_by_role("button", name="general").click()
    await find_message(page, "Hello everyone, I am Ben").get_by_role("button", name="Reply in thread").click()
    await expect(page.locator("#composer-thread")).to_be_focused()
    assert not await page.evaluate(wide)
    await page.get_by_role("button", name="Close thread").click()
    await expect(page.locator("#composer-main")).to_be_visible()
