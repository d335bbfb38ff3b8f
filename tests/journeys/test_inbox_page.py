"""A person at the inbox page: finds a mail, reads it in every form, removes all of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.factories.catcher import RunningCatcher, SmtpClient, mail, running_catcher

pytestmark = pytest.mark.browser

BRIEF = (
    "<!doctype html><html><head><title>Five</title></head><body style='margin:0'>"
    "<h1>Five for Ana</h1><script>parent.document.title = 'owned'</script>"
    "<form action='/clear' method='post'><button>Win</button></form>"
    "<a href='{link}'>Read on</a></body></html>"
)


@pytest.fixture(scope="module")
def catcher(tmp_path_factory) -> Iterator[RunningCatcher]:
    with running_catcher(tmp_path_factory.mktemp("home")) as running:
        with SmtpClient(running.ports.smtp) as client:
            for number in range(60):
                client.deliver(mail(f"Brief number {number}"), f"reader{number}@example.org")
            html = BRIEF.replace("{link}", f"{running.address}/static/mark.svg")
            client.deliver(mail("Five <b>for</b> Ana", html=html), "ana@example.org")
        yield running


@pytest.fixture
def browser_page(chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.set_default_timeout(15_000)
        yield page
        browser.close()


def test_a_mail_is_found_and_read_in_every_form(catcher, browser_page):
    page = browser_page
    page.goto(catcher.address)
    expect(page.get_by_role("heading", level=1)).to_contain_text("61 mails to 61 people")
    page.get_by_role("searchbox").fill("ana@example.org")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Five <b>for</b> Ana").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Five <b>for</b> Ana")
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("Five for Ana")
    page.get_by_role("link", name="Phone, 360 px").click()
    expect(page.locator("iframe")).to_have_css("width", "360px")
    page.get_by_role("link", name="Text").click()
    expect(page.locator("pre")).to_contain_text("Good morning.")
    page.get_by_role("link", name="Headers").click()
    expect(page.get_by_role("table")).to_contain_text("<one@example.org>")
    page.get_by_role("link", name="Source").click()
    expect(page.locator("pre")).to_contain_text("Content-Type: multipart/alternative")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".eml")


def test_a_mail_can_neither_run_scripts_nor_send_forms(catcher, browser_page):
    page = browser_page
    page.goto(f"{catcher.address}/messages/61")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading")).to_be_visible()
    assert page.title() == "Five <b>for</b> Ana · podbrief"
    frame.get_by_role("button", name="Win").click()
    page.goto(catcher.address)
    expect(page.get_by_role("heading", level=1)).to_contain_text("61 mails")


def test_a_link_in_a_mail_opens_outside_the_frame(catcher, browser_page):
    page = browser_page
    page.goto(f"{catcher.address}/messages/61")
    with page.expect_popup() as popup:
        page.frame_locator("iframe").get_by_role("link", name="Read on").click()
    popup.value.wait_for_load_state()
    assert popup.value.url == f"{catcher.address}/static/mark.svg"


def test_new_mail_appears_by_itself(catcher, browser_page):
    page = browser_page
    page.goto(catcher.address)
    with SmtpClient(catcher.ports.smtp) as client:
        client.deliver(mail("Just in"), "late@example.org")
    expect(page.get_by_role("link", name="Just in")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(catcher, browser_page, width):
    page = browser_page
    page.set_viewport_size({"width": width, "height": 740})
    for path in ("/", "/?search=zebra", "/clear", "/messages/61", "/messages/61?view=source"):
        page.goto(catcher.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_the_list_leads_to_older_mail_and_all_can_be_removed(
    tmp_path, browser_page, chromium
):
    with running_catcher(tmp_path) as catcher:
        with SmtpClient(catcher.ports.smtp) as client:
            for number in range(60):
                client.deliver(mail(f"Brief number {number}"))
        browser = browser_page.context.browser
        assert browser is not None
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(catcher.address)
        page.get_by_role("link", name="Older mail").click()
        expect(page.get_by_role("link", name="Brief number 0", exact=True)).to_be_visible()
        page.get_by_role("link", name="Remove all mail…").click()
        page.get_by_role("button", name="Remove 60 mails").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("No mail yet.")
        assert catcher.inbox.count() == 0
