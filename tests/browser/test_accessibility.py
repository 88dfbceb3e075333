"""Everybody can use it: names for every control, enough contrast, an order that makes sense, keys for everything."""

from importlib import resources
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import PageOpener
from tests.browser.test_first_use import VIDEO_TIMEOUT_MILLISECONDS, find_message, send_text

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHECKS_SCRIPT = (Path(__file__).parent / "checks.js").read_text().partition("\n")[2].rstrip()
ALL_CHECKS = f"(() => {{ const all = {CHECKS_SCRIPT}; return [...all.nameless(), ...all.pale()]; }})()"


AXE_SCRIPT = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter((each) => each.impact === "serious" || each.impact === "critical")
  .map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`)"""


async def find_faults(page: Page) -> list[str]:
    """What the checks find wrong just now."""
    found: list[str] = await page.evaluate(ALL_CHECKS)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    found += await page.evaluate(RUN_AXE)
    return found


async def check_states(page: Page) -> list[str]:
    """Open one thing after another, and check each."""
    wrong: list[str] = []

    async def check_state(where: str) -> None:
        wrong.extend([f"{where}: {each}" for each in await find_faults(page)])

    await check_state("channel")
    await page.locator("#composer-main").press_sequentially("/did")
    await expect(page.get_by_role("listbox")).to_be_visible()
    await check_state("completion")
    await page.locator("#composer-main").fill("")
    row = find_message(page, "Hello everyone, I am Ben")
    await row.hover()
    await row.get_by_role("button", name="Add a reaction").click()
    await check_state("emoji")
    await page.keyboard.press("Escape")
    await row.get_by_role("button", name="More actions").click()
    await check_state("menu")
    await page.get_by_role("menuitem", name="Reply in thread").click()
    await check_state("thread")
    await page.get_by_role("button", name="Close thread").click()
    await page.get_by_role("button", name="Open a form").first.click()
    await page.get_by_text("More options").click()
    await check_state("form")
    await page.get_by_role("button", name="Close", exact=True).click()
    await page.get_by_role("button", name="Test tools").click()
    await check_state("test tools")
    await page.keyboard.press("Escape")
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize("look", ["light", "dark"])
async def test_every_state_has_names_and_contrast(open_page: PageOpener, look: str) -> None:
    """Every control has a name, every picture its words, every word 4.5 : 1 or more, in both looks."""
    page = await open_page(colour_scheme=look)
    await expect(page.locator("video").first).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    assert await check_states(page) == []
    await page.locator(".about").first.evaluate("each => each.style.color = '#777'")
    await page.locator(".brand").evaluate("each => each.append(document.createElement('button'))")
    assert len(await find_faults(page)) == 4, "both kinds of check see what they should"


@pytest.mark.slow
@pytest.mark.parametrize("look", ["light", "dark"])
async def test_a_phone_is_as_good(open_page: PageOpener, look: str) -> None:
    """One pane at a time, each with the page's heading and main part."""
    page = await open_page(colour_scheme=look, width=390)
    assert await find_faults(page) == []
    await expect(page.get_by_role("heading", level=1)).to_have_text("didtalk")
    await page.get_by_role("button", name="Show channels").click()
    assert await find_faults(page) == []
    await expect(page.get_by_role("main")).to_have_count(1)


async def test_a_video_message_is_few_stops_of_tab(open_page: PageOpener) -> None:
    """Buttons that belong together are one stop, and arrows move inside."""
    page = await open_page()
    row = page.locator("#channel .message", has=page.locator("video")).first
    await expect(row).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    assert await row.locator("button:not([tabindex='-1']), a[href], video").count() <= 6
    await row.get_by_role("button", name="Redo", exact=True).focus()
    await page.keyboard.press("ArrowRight")
    await expect(row.get_by_role("button", name="Edit & redo")).to_be_focused()


async def test_a_video_without_subtitles_has_its_words(open_page: PageOpener) -> None:
    """They are known, so whoever cannot hear can read them; a track says its language."""
    page = await open_page()
    await send_text(page, "/didtalk Bonjour tout le monde. Deux phrases. --language French")
    video = find_message(page, "Bonjour tout le monde").locator("video")
    await expect(video).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await page.wait_for_function("video => video.textTracks.length === 1", arg=await video.element_handle())
    told = await video.evaluate("""video => {
      const [track] = video.textTracks;
      track.mode = "hidden";
      return [track.kind, track.language, ...[...track.cues].map((cue) => cue.text)];
    }""")
    assert told == ["captions", "fr", "Bonjour tout le monde.", "Deux phrases."]


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


async def test_the_end_of_a_job_is_announced_as_what_it_is(open_page: PageOpener) -> None:
    """Done or failed: the tone of a card is a colour, which nobody hears."""
    page = await open_page()
    await page.locator("#live").evaluate(
        "live => { window.heard = []; new MutationObserver(() => window.heard.push(live.textContent))"
        ".observe(live, { childList: true, subtree: true }); }"
    )
    await send_text(page, "/didtalk Announced at its end")
    await page.wait_for_function(
        "() => window.heard.some((words) => words.includes('Done. “Announced at its end”'))",
        timeout=VIDEO_TIMEOUT_MILLISECONDS,
    )


async def test_the_focus_stays_near_a_message_that_goes(open_page: PageOpener) -> None:
    """Who deletes by keyboard is not thrown to the top of the page."""
    page = await open_page()
    await send_text(page, "Here today, gone in a moment")
    row = find_message(page, "Here today, gone in a moment")
    await row.hover()
    await row.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Delete message").press("Enter")
    await expect(page.locator("#channel .message", has_text="Here today")).to_have_count(0)
    assert await page.evaluate("document.activeElement !== document.body")
