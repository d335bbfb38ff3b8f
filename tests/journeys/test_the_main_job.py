"""The main job, as an installation runs it: `podbrief up`, beat ticks, the mail is in the inbox."""

import json

import pytest
from playwright.sync_api import expect, sync_playwright
from sqlalchemy import select, update

from service.audience.models import Subscription
from service.clock import SystemClock
from service.db.database import Database
from service.feedback.models import Reaction
from tests.factories.installation import PEOPLE, until


@pytest.mark.journey
@pytest.mark.browser
def test_beat_finds_who_is_due_and_they_read_and_answer_it(installation, chromium):
    with installation.up():
        until(lambda: "ready" in (installation.home / "up.log").read_text())
        make_everybody_due(installation.database)
        until(lambda: len(installation.mails()) == len(PEOPLE))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{installation.inbox}/")
            page.get_by_role("link", name="Finding").first.click()
            mail = page.frame_locator("iframe")
            expect(mail.get_by_text("<b>held</b>")).to_have_count(5)  # HTML in a text is text
            useful = mail.get_by_role("link", name="Useful").first.get_attribute("href")
            assert useful is not None
            page.goto(useful)
            page.get_by_role("button").first.click()
            expect(page.get_by_text("Noted: useful.")).to_be_visible()
            browser.close()
        with installation.database.reading() as session:
            assert session.scalars(select(Reaction.deed)).all() == ["up"]
        report = json.loads(installation.podbrief("edition", "show", "--json"))[0]
    assert (report["due"], report["accepted"], report["equation_holds"]) == (3, 3, True)


def make_everybody_due(database: Database) -> None:
    """Let their hour have come a moment ago; the rest is beat's."""
    with database.transaction() as session:
        session.execute(update(Subscription).values(next_due_at=SystemClock().now()))
