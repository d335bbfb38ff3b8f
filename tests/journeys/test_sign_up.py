"""Somebody signs up: form, mail, choices, and the first brief is there before the coffee is."""

import json
import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from service.audience.models import Subscriber, Subscription
from service.privacy.models import Erasure
from tests.factories.installation import Installation, until

ZOE = "zoe@example.org"


@pytest.mark.journey
@pytest.mark.browser
def test_from_the_form_to_the_first_brief_and_out_again(installation: Installation, chromium: str):
    installation.environment["PODBRIEF_BEAT_TICK_SECONDS"] = "120"  # nobody is to wait for it
    with installation.up():
        until(installation.answers)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = new_page(browser)
            page.goto(f"http://127.0.0.1:{installation.site}/l/daily")
            page.get_by_label("Your email address").fill(ZOE)
            page.get_by_role("button", name="Sign up").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Look in your inbox.")

            until(lambda: len(to_zoe(installation)) == 1)
            page.goto(link_in(installation, "/confirm/"))
            expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
            expect(page.get_by_label("Chips")).to_be_checked()
            page.get_by_label("Hour").select_option("6")
            page.get_by_role("button", name="Yes, send it to me").click()
            expect(page.get_by_role("heading", level=1)).to_contain_text("You are on")

            until(lambda: len(to_zoe(installation)) == 3)
            own = link_in(installation, "/me/")
            answer_the_brief(page, link_in(installation, "/b/", ending=r"/\d+/up"))
            pause(page, own)
            leave_and_come_back(page, link_in(installation, "/u/"))
            ask_to_be_forgotten(page, own)
            browser.close()
        _, welcome, brief = to_zoe(installation)
        assert "Welcome" in welcome["subject"]
        assert "Finding" in brief["subject"]
        with installation.database.reading() as session:
            wish = session.scalars(
                select(Subscription)
                .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
                .where(Subscriber.address_key == ZOE)
            ).one()
            erasure = session.scalars(select(Erasure)).one()
        assert (wish.timezone, wish.hour) == ("Asia/Tokyo", 6)
        assert erasure.subscriber_id == wish.subscriber_id
        report = json.loads(installation.podbrief("edition", "show", "--json"))
        assert all(edition["equation_holds"] for edition in report)


def new_page(browser: Browser) -> Page:
    return browser.new_context(timezone_id="Asia/Tokyo", locale="en-GB").new_page()


def to_zoe(installation: Installation) -> list[dict[str, str]]:
    """Return her mails, oldest first."""
    mine = [mail for mail in installation.mails() if ZOE in json.dumps(mail)]
    return sorted(mine, key=lambda mail: mail["id"])


def answer_the_brief(page: Page, link: str) -> None:
    page.goto(link)
    press_surely(page, "Yes, useful", "Noted: useful.")


def pause(page: Page, own: str) -> None:
    page.goto(own)
    page.get_by_text("Pause or leave").click()
    page.get_by_role("button", name="Pause until I say so").click()
    expect(page.get_by_role("status")).to_contain_text("Paused")


def leave_and_come_back(page: Page, link: str) -> None:
    page.goto(link)
    press_surely(page, "Unsubscribe", "You have left The Daily Five.")
    page.get_by_role("button", name="Stay on the list after all").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("as before")


def ask_to_be_forgotten(page: Page, own: str) -> None:
    page.goto(f"{own}/erase")
    page.get_by_label("Yes, erase everything about").check()
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are about to be forgotten.")


def press_surely(page: Page, button: str, told: str) -> None:
    """Press, and once more if the page asks whether that was a person."""
    page.get_by_role("button", name=button).click()
    heading = page.get_by_role("heading", level=1)
    expect(heading.or_(page.get_by_text("press once more")).first).to_be_visible()
    if page.get_by_text("press once more").count():
        page.get_by_role("button", name=button).click()
    expect(heading).to_have_text(told)


def link_in(installation: Installation, path: str, *, ending: str = "") -> str:
    """Return the newest link to such a page in a mail of hers."""
    site = f"http://127.0.0.1:{installation.site}"
    for mail in reversed(to_zoe(installation)):
        source = f"http://127.0.0.1:{installation.inbox}/api/messages/{mail['id']}"
        found = re.search(re.escape(site + path) + r"[\w-]+" + ending, httpx.get(source).text)
        if found:
            return found[0]
    pytest.fail(f"no mail has a link to {path}")
