"""Questions before something is made or deleted: a photo that was dropped, and a video on its way into the bin."""

import pytest
from playwright.async_api import expect

from bot.wiring.faces import portrait_paths
from tests.browser.conftest import PageOpener
from tests.browser.test_first_use import VIDEO_TIMEOUT_MILLISECONDS, drop_file, find_message, send_text

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_dropped_photo_is_asked_for_its_words(open_page: PageOpener) -> None:
    """The first sentence of the README promises a video; the form has the photo already."""
    page = await open_page()
    await drop_file(page, "#channel", "me.png", "image/png", portrait_paths()["ada"].read_bytes())
    await expect(page.locator("#channel .chip img")).to_be_visible()
    await page.get_by_role("button", name="Send").first.click()
    question = find_message(page, "What should this photo say?")
    await question.get_by_role("button", name="Write its words").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator(".chip img, .chip")).to_have_count(1)
    await dialog.locator('[data-field="script"] textarea').fill("Said by the dropped photo")
    await dialog.get_by_role("button", name="Create video").click()
    await expect(find_message(page, "Said by the dropped photo")).to_be_visible()
    await expect(page.locator("#channel").get_by_text("What should this photo say?")).to_have_count(0)


async def test_small_talk_is_asked_about(open_page: PageOpener) -> None:
    """No buys nothing, and the question is gone."""
    page = await open_page()
    await send_text(page, "thanks @didtalk!")
    question = find_message(page, "Shall I make a video saying “thanks!”?")
    await question.get_by_role("button", name="No").click()
    await expect(page.locator("#channel").get_by_text("Shall I make a video")).to_have_count(0)


async def test_a_deletion_asks_once_and_can_be_undone_for_a_while(open_page: PageOpener) -> None:
    """With the title of the video; what was undone is still there, what was not is gone."""
    page = await open_page()
    await send_text(page, "/didtalk About to be deleted")
    card = find_message(page, "“About to be deleted”")
    await expect(card.locator("video")).to_be_visible(timeout=VIDEO_TIMEOUT_MILLISECONDS)
    await page.clock.install()
    delete = card.get_by_role("button", name="Delete", exact=True)
    for answer in ("Keep it", "Delete", "Delete"):
        await expect(delete).to_be_enabled()
        await delete.press("Enter")  # the notice with Undo may lie over it
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("Delete “About to be deleted”?")
        await dialog.get_by_role("button", name=answer, exact=True).click()
        await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()  # one, however often it was confirmed
    await page.clock.fast_forward(11_000)
    await expect(card.locator("video")).to_be_visible()
    await send_text(page, "/did delete")  # the latest, but only after its title was read
    question = find_message(page, "Delete “About to be deleted”?")
    await question.get_by_role("button", name="Delete", exact=True).click()
    await expect(page.get_by_text("The video will be deleted.")).to_be_visible()
    await page.clock.fast_forward(11_000)
    await expect(page.locator("#channel").get_by_text("About to be deleted")).to_have_count(0)
