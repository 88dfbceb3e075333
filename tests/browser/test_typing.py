"""What people type stays what they typed: Enter sends it, and a form that was closed still has it."""

import json

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import PageOpener
from tests.browser.test_first_use import find_message

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("typed", ["/did voices french", "/did help", "/did languages fr"])
async def test_enter_sends_what_was_typed(open_page: PageOpener, typed: str) -> None:
    """The suggestions are open, and change nothing."""
    page = await open_page()
    box = page.locator("#composer-main")
    await box.press_sequentially(typed)
    await expect(page.get_by_role("option").first).to_be_visible()
    async with page.expect_request("**/api/say") as sent:
        await box.press("Enter")
    assert json.loads((await sent.value).post_data or "{}")["text"] == typed


async def test_a_form_begins_at_its_first_field(open_page: PageOpener) -> None:
    """Not at Close, which Enter would press."""
    page = await open_page()
    await page.get_by_role("button", name="Open a form").click()
    await expect(script_field(page)).to_be_focused()


async def test_tab_walks_through_a_form_without_choosing_anything(open_page: PageOpener) -> None:
    """A field that is left empty stays empty, though its suggestions were open; what was typed is completed."""
    page = await open_page()
    await page.get_by_role("button", name="Open a form").click()
    voice = page.locator('dialog [data-field="voice"] input')
    offered = page.locator('dialog [data-field="voice"] [role="option"]')
    await voice.focus()
    await expect(offered.first).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(voice).not_to_be_focused()
    await expect(voice).to_have_value("")
    await voice.press_sequentially("jenn")
    await expect(offered.filter(has_text="Jenny").first).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(voice).not_to_have_value("jenn")


async def test_what_was_entered_survives_escape_and_another_kind_of_video(open_page: PageOpener) -> None:
    """The next form of that kind has it; the words go along to another kind."""
    page = await open_page()
    await page.get_by_role("button", name="Open a form").click()
    await script_field(page).fill("Words that took a while")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name="Open a form").click()
    await expect(script_field(page)).to_have_value("Words that took a while")
    await page.get_by_label("Kind of video").select_option("video")
    await expect(page.get_by_role("heading", name="Make a presenter video")).to_be_visible()
    await expect(script_field(page)).to_have_value("Words that took a while")


async def test_a_form_that_was_sent_is_empty_again(open_page: PageOpener) -> None:
    """A draft is only what was never sent."""
    page = await open_page()
    await page.get_by_role("button", name="Open a form").click()
    await script_field(page).fill("Sent from a form, once")
    await page.get_by_role("button", name="Create video").click()
    await expect(find_message(page, "Sent from a form, once")).to_be_visible()
    await page.get_by_role("button", name="Open a form").click()
    await expect(script_field(page)).to_have_value("")


def script_field(page: Page) -> Locator:
    """The words of the video."""
    return page.locator('dialog [data-field="script"] textarea')
