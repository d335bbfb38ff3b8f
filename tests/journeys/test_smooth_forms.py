"""With scripts a form exchanges only the text of its page, and the answer is heard."""

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from service.feedback.models import Reaction
from tests.factories.served import Served

pytestmark = pytest.mark.browser


def test_a_word_on_a_pick_is_taken_without_loading_the_page_again(served: Served, browser: Browser):
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(served.deed("more"))
    page.evaluate("window.isSamePage = true")
    page.get_by_role("button", name="More like this").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Noted: more like this.")
    assert page.evaluate("window.isSamePage")
    assert faults == []
    with served.database.reading() as session:
        assert session.scalars(select(Reaction)).one().deed == "more"
    page.close()


def test_preferences_are_saved_without_loading_the_page_again(served: Served, browser: Browser):
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(f"{served.address}/me/{served.own_token}")
    page.evaluate("window.isSamePage = true")
    page.locator('form[action$="/topics"] button').last.click()
    expect(page.get_by_role("status").first).to_be_visible()
    assert page.evaluate("window.isSamePage")
    assert faults == []
    page.close()
