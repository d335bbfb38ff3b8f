"""Readers and staff at their browsers: every page by its buttons, without scripts."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from service.audience.models import Subscription
from service.editions.models import Edition
from service.feedback.models import Reaction
from tests.factories.served import Served

pytestmark = pytest.mark.browser


def test_a_reader_leaves_and_comes_back_by_buttons_alone(served, page):
    page.goto(served.unsubscribe)
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have left Morning Five.")
    assert subscription(served).status == "unsubscribed"
    page.get_by_role("button", name="Stay on the list after all").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("as before")
    assert subscription(served).status == "active"


def test_a_reader_opens_the_brief_and_asks_for_more_like_its_first(served, page):
    page.goto(served.brief)
    page.get_by_role("link", name="More like this").first.click()
    page.get_by_role("button", name="More like this").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Noted: more like this.")
    with served.database.reading() as session:
        said = session.scalars(select(Reaction)).one()
    assert (said.deed, said.insight_id) == ("more", served.people.insight_ids[0])
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Noted: more like this.")
    with served.database.reading() as session:
        assert session.scalars(select(Reaction)).all() == []


def test_a_reader_steers_from_the_mail_without_a_script(served, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served.brief)
    page.get_by_role("link", name="Mute this podcast").first.click()
    page.get_by_role("button", name="Mute this podcast").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The Copper Hour is muted.")
    page.get_by_role("button", name="Let me hear it again").click()
    page.goto(served.unsubscribe)
    page.get_by_role("link", name="Silence for a while").click()
    page.get_by_role("button", name="Two weeks").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Morning Five is paused.")
    assert subscription(served).status == "paused"
    page.get_by_role("button", name="Go on now").click()
    page.goto(served.unsubscribe)
    page.get_by_role("button", name="One brief a week, the best of it").click()
    assert subscription(served).frequency == "weekly"
    page.get_by_role("button", name="Take it back").click()
    assert subscription(served).frequency == "daily"
    context.close()


def test_whoever_leaves_may_say_why(served, page):
    page.goto(served.unsubscribe)
    page.get_by_role("button", name="Unsubscribe").click()
    page.get_by_label("It was too much mail").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you for saying why.")
    page.get_by_role("button", name="Stay on the list after all").click()
    assert subscription(served).status == "active"


def test_staff_sign_in_pause_an_edition_and_sign_out(served, page):
    page.goto(served.sign_in())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("8 of 9 accepted, 1 open")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume sending")).to_be_visible()
    assert edition(served).state == "paused"
    page.get_by_role("link", name="Cancel the edition…").click()
    page.get_by_role("button", name="Cancel the edition and 1 brief").click()
    expect(page.get_by_role("button", name="Cancel the edition and 1 brief")).to_have_count(0)
    assert edition(served).state == "cancelled"
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("signed out")
    page.goto(f"{served.address}/admin")
    expect(page.get_by_role("heading", level=1)).to_contain_text("for staff")


def subscription(served: Served) -> Subscription:
    with served.database.reading() as session:
        return session.get_one(Subscription, served.people.subscription_id)


def edition(served: Served) -> Edition:
    with served.database.reading() as session:
        return session.get_one(Edition, served.people.edition_id)
