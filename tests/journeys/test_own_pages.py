"""A reader on their own pages, in a browser: steer, look back, take along, be forgotten, return."""

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from service.audience.models import PodcastStance, Subscriber, Subscription
from service.clock import SystemClock
from service.editions.models import Brief
from service.feedback.models import Deed
from service.feedback.react import react
from service.ledger.models import Shown
from service.privacy.erase import Eraser
from service.privacy.erasures import TIME_TO_THINK
from tests.factories.served import Served

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[1] / "payloads" / "axe" / "axe.min.js"
PLACES = ("", "/briefs", "/saved", "/known", "/feed", "/erase")


@pytest.fixture
def home(served: Served) -> str:
    """The address of a reader who has done a little of everything."""
    people, now = served.people, SystemClock().now()
    with served.database.transaction() as session:
        brief = session.get_one(Brief, (people.brief_id, people.local_date))
        for deed, place in ((Deed.MORE, 0), (Deed.SAVE, 1), (Deed.DOWN, 2)):
            react(session, brief=brief, insight_id=people.insight_ids[place], deed=deed, now=now)
        session.add_all(
            Shown(
                subscriber_id=people.subscriber_id,
                story_id=place,
                insight_id=insight_id,
                brief_id=1,
                shown_on=people.local_date,
            )
            for place, insight_id in enumerate(people.insight_ids)
        )
        session.add(
            PodcastStance(
                subscriber_id=people.subscriber_id, podcast_id=1, stance="follow", since=now
            )
        )
    return f"{served.address}/me/{served.own_token}"


def subscription(served: Served) -> Subscription:
    with served.database.reading() as session:
        return session.get_one(Subscription, served.people.subscription_id)


def opened(browser: Browser, *, scripts: bool) -> Page:
    return browser.new_context(
        viewport={"width": 360, "height": 800},
        java_script_enabled=scripts,
        timezone_id="Europe/Vienna",
        accept_downloads=True,
    ).new_page()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_hour_days_topics_and_pause_by_hand(served: Served, browser: Browser, home, scripts):
    page = opened(browser, scripts=scripts)
    page.goto(home)
    page.get_by_label("Hour").select_option("6")
    zone = page.get_by_label("Time zone")
    if scripts:
        page.get_by_role("button", name="Your browser says Europe/Vienna").click()
        expect(zone).to_have_value("Europe/Vienna")
    else:
        zone.fill("Europe/Vienna")
    page.get_by_label("On the days I choose").check()
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        page.get_by_label(day, exact=True).uncheck()
    page.get_by_role("button", name="Save (Morning Five)").click()
    told = page.get_by_role("status")
    expect(told).to_contain_text("the time zone is Europe/Vienna")
    expect(told).to_contain_text("briefs come Saturday and Sunday")
    expect(told).to_contain_text("It takes effect")
    held = subscription(served)
    assert (held.hour, held.timezone, held.days) == (6, "Europe/Vienna", 0b1100000)

    slider = page.get_by_label("AI infrastructure", exact=True)
    slider.focus()
    slider.press("End")
    if scripts:
        expect(slider).to_have_attribute("aria-valuetext", "As much as there is")
    page.get_by_role("button", name="Save the topics").click()
    expect(page.get_by_role("status")).to_contain_text("AI infrastructure: As much as there is.")

    page.get_by_text("Pause or leave").click()
    back = (SystemClock().now() + dt.timedelta(days=10)).date()
    page.get_by_label("Pause until").fill(back.isoformat())
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Paused at once.")
    assert subscription(served).paused_until == back
    page.get_by_text("Take it up again, or leave").click()
    page.get_by_role("button", name="Send briefs again").click()
    expect(page.get_by_role("button", name="Send briefs again")).to_have_count(0)
    assert subscription(served).status == "active"
    page.context.close()


def test_a_wrong_zone_is_said_where_it_stands_and_kept_to_be_mended(browser: Browser, home):
    page = opened(browser, scripts=False)
    page.goto(home)
    page.get_by_label("Time zone").fill("Vienna")
    page.get_by_role("button", name="Save (Morning Five)").click()
    expect(page.get_by_role("alert")).to_contain_text("“Vienna” is no time zone we know")
    expect(page.get_by_label("Time zone")).to_have_value("Vienna")
    page.context.close()


def test_look_back_correct_take_along_be_forgotten(served: Served, browser: Browser, home):
    page = opened(browser, scripts=False)
    page.goto(home)
    page.get_by_role("link", name="Your briefs", exact=True).click()
    expect(page.get_by_text("Because you follow AI infrastructure").first).to_be_visible()
    page.get_by_role("link", name="Saved", exact=True).click()
    page.get_by_role("link", name="Your private feed").click()
    page.get_by_role("button", name="Make my private feed").click()
    feed = page.locator("code.address").first.inner_text()
    assert page.request.get(feed).headers["content-type"].startswith("application/rss+xml")
    page.get_by_role("link", name="What we know, and why").click()
    expect(page.get_by_text("You get more on bees")).to_be_visible()
    page.get_by_role("button", name="Forget all that was learned").click()
    expect(page.get_by_role("status")).to_contain_text("All of it is forgotten.")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download everything").click()
    with zipfile.ZipFile(coming.value.path()) as archive:
        assert "briefs.json" in archive.namelist()

    page.get_by_role("link", name="Have everything erased").click()
    page.get_by_label("Yes, erase everything").check()
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are about to be forgotten.")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status")).to_contain_text("Everything is as it was")
    page.get_by_label("Yes, erase everything").check()
    page.get_by_role("button", name="Erase everything").click()
    later = SystemClock().now() + TIME_TO_THINK
    assert Eraser(served.keys).erase_due(served.database, now=later) == 1
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("This link opens nothing any more.")
    assert page.request.get(feed).status == 404
    with served.database.reading() as session:
        assert served.people.subscriber_id not in session.scalars(select(Subscriber.id)).all()
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_pages_with_something_on_them(browser: Browser, home, scheme):
    context = browser.new_context(
        viewport={"width": 360, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
    )
    page = context.new_page()
    for place in PLACES:
        page.goto(home + place)
        for details in page.locator("details").all():
            details.locator("summary").click()
        page.add_script_tag(path=AXE)
        result = page.evaluate("() => axe.run(document)")
        found = [
            (one["id"], [node["target"] for node in one["nodes"]]) for one in result["violations"]
        ]
        assert found == [], place
    context.close()
