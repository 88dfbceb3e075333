"""What people do wrong, or twice, or too late: a clear notice each, nothing lost, nothing double."""

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import PageOpener
from tests.browser.test_first_use import VIDEO_TIMEOUT_MILLISECONDS, drop_file, find_message, send_text, use_tool

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE_MARKUP = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><b>bold</b>"


async def open_quiet_page(open_page: PageOpener, me: str = "ana") -> Page:
    """A page in a channel where nothing else happens."""
    page = await open_page(me)
    await page.get_by_role("button", name="random").click()
    return page


@pytest.mark.slow
async def test_markup_is_words(open_page: PageOpener) -> None:
    """What people write is text wherever it is shown: messages, cards, titles, forms."""
    page = await open_quiet_page(open_page)
    await send_text(page, HOSTILE_MARKUP)
    await expect(find_message(page, "<script>")).to_contain_text(HOSTILE_MARKUP)
    await send_text(page, f"/didtalk {HOSTILE_MARKUP} [fault:451]")
    await expect(find_message(page, "“<script>")).to_be_visible()
    assert "owned" not in await page.title()
    assert await page.locator(".messages script, .messages b, .messages img[src=x]").count() == 0


@pytest.mark.slow
async def test_forty_thousand_characters_are_too_many_and_not_lost(open_page: PageOpener) -> None:
    """Too long is said with the numbers, and the words stay in the box; a little shorter is shown whole."""
    page = await open_quiet_page(open_page)
    box = page.locator("#composer-main")
    await box.fill("x" * 40_001)
    await box.press("Enter")
    await expect(page.locator("#channel .alert")).to_contain_text("40,000 characters; yours has 40,001")
    assert len(await box.input_value()) == 40_001
    await box.fill("y" * 40_000)
    await box.press("Enter")
    await expect(box).to_have_value("")
    await expect(find_message(page, "yyyy")).to_be_visible()
    await use_tool(page, find_message(page, "yyyy"), "More actions")
    await page.get_by_role("menuitem", name="Delete message").click()
    await expect(page.locator(".message", has_text="yyyy")).to_have_count(0)


async def test_a_huge_drop_is_refused_before_it_travels(open_page: PageOpener) -> None:
    """600 MB: one sentence with both numbers, and not a byte sent."""
    page = await open_quiet_page(open_page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/api/files" in request.url else None)
    await page.evaluate(
        """() => {
            const file = new File(["x"], "film.mp4", { type: "video/mp4" });
            Object.defineProperty(file, "size", { value: 600e6 });
            const event = new Event("drop", { bubbles: true, cancelable: true });
            event.dataTransfer = { types: ["Files"], files: [file] };
            document.querySelector("#channel").dispatchEvent(event);
        }"""
    )
    await expect(page.get_by_role("alert").filter(has_text="“film.mp4” is 600 MB")).to_be_visible()
    assert sent == []


async def test_a_file_of_the_wrong_kind_is_named(open_page: PageOpener) -> None:
    """A PDF called .jpg is not attached; the notice names it, and the next file works."""
    page = await open_quiet_page(open_page)
    await drop_file(page, "#channel", "face.jpg", "image/jpeg", b"%PDF-1.7 not a face")
    await expect(page.get_by_role("alert").filter(has_text="“face.jpg” is not a picture")).to_be_visible()
    await expect(page.locator("#channel .chip")).to_have_count(0)


async def test_a_misspelt_command_keeps_its_words(open_page: PageOpener) -> None:
    """The sentence says what was probably meant, and the line stays to be mended."""
    page = await open_quiet_page(open_page)
    box = page.locator("#composer-main")
    await box.fill("/did anmate --driver dance")
    await box.press("Enter")
    await expect(page.locator("#channel .alert")).to_contain_text("Did you mean /did animate?")
    await expect(box).to_have_value("/did anmate --driver dance")


@pytest.mark.slow
async def test_two_tabs_see_the_same_and_act_once(open_page: PageOpener) -> None:
    """What one tab does the other shows; a message deleted in one cannot be acted on in the other."""
    one, other = await open_quiet_page(open_page), await open_quiet_page(open_page, "mia")
    await send_text(one, "Seen in both tabs")
    await expect(find_message(other, "Seen in both tabs")).to_be_visible()
    await use_tool(other, find_message(other, "Seen in both tabs"), "More actions")
    await use_tool(one, find_message(one, "Seen in both tabs"), "More actions")
    await one.get_by_role("menuitem", name="Delete message").click()
    await expect(one.locator(".message", has_text="Seen in both tabs")).to_have_count(0)
    await other.get_by_role("menuitem", name="Delete message").click()
    await expect(other.get_by_role("alert").filter(has_text="deleted")).to_be_visible()


async def test_a_page_from_before_an_update_says_so_and_keeps_the_words(open_page: PageOpener) -> None:
    """The server refuses its old seal; the page offers to reload, and the draft is there afterwards."""
    page = await open_quiet_page(open_page)

    async def old(route: Route) -> None:
        await route.continue_(headers={**route.request.headers, "x-didtalk-token": "of-yesterday"})

    await page.route("**/console/api/say", old)
    box = page.locator("#composer-main")
    await box.fill("Written on an old page")
    await box.press("Enter")
    await expect(page.locator("#channel .alert")).to_contain_text("Reload this page; your text is kept.")
    await page.unroute("**/console/api/say")
    await page.reload()
    await expect(box).to_have_value("Written on an old page")
    await box.press("Enter")
    await expect(find_message(page, "Written on an old page")).to_be_visible()


async def test_the_studio_may_be_slow_to_suggest(open_page: PageOpener) -> None:
    """Suggestions are a kindness: when they cannot be had, typing goes on and nothing complains."""
    page = await open_quiet_page(open_page)
    await page.route("**/console/api/suggest?*", lambda route: route.fulfill(status=422, body="{}"))
    box = page.locator("#composer-main")
    await box.press_sequentially("/didtalk Hello --voice je")
    await asyncio.sleep(0.4)
    await expect(box).to_have_value("/didtalk Hello --voice je")
    await expect(page.locator(".toast")).to_have_count(0)
    await box.fill("")


@pytest.mark.slow
async def test_rights_are_seen_at_work(open_page: PageOpener) -> None:
    """Ben may not delete what Ana wrote, and is not offered it; Mia, the admin, may."""
    ana, ben = await open_quiet_page(open_page), await open_quiet_page(open_page, "ben")
    await send_text(ana, "Only mine to delete")
    await use_tool(ben, find_message(ben, "Only mine to delete"), "More actions")
    await expect(ben.get_by_role("menuitem", name="Reply in thread")).to_be_visible()
    await expect(ben.get_by_role("menuitem", name="Delete message")).to_have_count(0)
    await ben.keyboard.press("Escape")
    await ben.get_by_role("radio", name="Mia admin").check()
    await use_tool(ben, find_message(ben, "Only mine to delete"), "More actions")
    await ben.get_by_role("menuitem", name="Delete message").click()
    await expect(ana.locator(".message", has_text="Only mine to delete")).to_have_count(0)


async def test_buttons_that_would_be_refused_are_not_shown(open_page: PageOpener) -> None:
    """Ben may not delete what Ana requested; Mia, the admin, may."""
    ana, ben, mia = await open_page("ana"), await open_page("ben"), await open_page("mia")
    await send_text(ana, "/didtalk Requested by Ana alone")
    for page, count in ((ana, 1), (mia, 1), (ben, 0)):
        card = find_message(page, "“Requested by Ana alone”")
        await expect(card.get_by_role("button", name="Redo", exact=True)).to_be_visible(
            timeout=VIDEO_TIMEOUT_MILLISECONDS
        )
        await expect(card.get_by_role("button", name="Delete", exact=True)).to_have_count(count)
