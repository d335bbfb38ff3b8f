"""A stranger on the public site: reads, looks around, searches, shares, signs up."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories.served import Served

pytestmark = pytest.mark.browser


def test_a_stranger_reads_looks_around_and_signs_up_without_scripts(served: Served, page: Page):
    page.goto(served.address)
    page.locator(".five a").first.click()
    headline = page.get_by_role("heading", level=1).inner_text()
    expect(page.get_by_role("link", name="View original")).to_be_visible()
    page.locator(".insight").get_by_role("link", name="The Copper Hour").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The Copper Hour")
    page.get_by_role("link", name="Search").click()
    page.get_by_role("searchbox").fill(headline)
    page.get_by_role("search").get_by_role("button").click()
    page.get_by_role("link", name=headline).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()  # it would need a script
    page.get_by_label("Your email address").fill("new.reader@example.org")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look in your inbox.")


def test_an_address_is_copied_at_the_press_of_a_button(served: Served, browser: Browser):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{served.address}/i/{served.people.insight_ids[0]}")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    context.close()


def test_a_podcast_s_address_typed_by_spite_moves_nobody(served: Served, page: Page):
    for path in ("//evil.example", "/i//evil.example", "/i/1%0d%0aLocation:%20//evil.example"):
        page.goto(served.address + path)
        assert page.url.startswith(served.address), path
