"""Readers and staff at their browsers: every page by its buttons, without scripts."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from service.accounts.sign_in import create_link
from service.accounts.staff import create_staff
from service.audience.models import Subscription
from service.clock import SystemClock
from service.config import Settings
from service.db.database import Database
from service.db.migrate import upgrade
from service.editions.models import Edition
from service.feedback.models import Reaction
from service.tokens import Signer
from service.web.app import create_app
from tests.factories.readership import Readership, build_readership

pytestmark = pytest.mark.browser
SIZES = [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")]


class Served:
    """A site that listens, and what it was filled with."""

    def __init__(self, address: str, settings: Settings, database: Database) -> None:
        self.address = address
        self.database = database
        self.signer = Signer(settings.signing_keys())
        now = SystemClock().now()
        states = ("accepted",) * 8 + ("planned", "skipped")
        with database.transaction() as session:
            self.people: Readership = build_readership(session, now=now, states=states)
            create_staff(session, email="ines@example.org", name="Ines Marlow", now=now)

    @property
    def brief(self) -> str:
        return f"{self.address}/b/{self.people.brief_token(self.signer)}"

    def deed(self, deed: str) -> str:
        return f"{self.brief}/{self.people.insight_ids[0]}/{deed}"

    @property
    def unsubscribe(self) -> str:
        return f"{self.address}/u/{self.people.unsubscribe_token(self.signer)}"

    def sign_in(self) -> str:
        with self.database.transaction() as session:
            secret = create_link(session, email="ines@example.org", now=SystemClock().now())
        return f"{self.address}/signin/{secret}"


@pytest.fixture
def served(tmp_path) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]
        settings = Settings(
            home=tmp_path,
            web={"port": port},
            broker={"url": "redis://127.0.0.1:1/0"},
            _env_file=None,
        )
        database = Database(settings.database_url)
        upgrade(database)
        site = Served(f"http://127.0.0.1:{port}", settings, database)
        with running(uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None)), line):
            yield site
        database.dispose()


@contextmanager
def running(server: uvicorn.Server, line: socket.socket) -> Iterator[None]:
    """Serve on a socket that listens already: whoever comes early waits in its queue."""
    thread = threading.Thread(target=server.run, kwargs={"sockets": [line]})
    thread.start()
    yield
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def browser(chromium) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-quic", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A browser that runs no scripts, as careful readers' do not."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


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


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_every_page_fits_its_window_and_breaks_no_rule_of_its_own(served, browser, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(served.sign_in())
    page.get_by_role("button", name="Sign in").click()
    pages = ["", "/help", "/admin", "/admin/editions", "/admin/lists", "/admin/people"]
    editions = f"{served.address}/admin/editions/{served.people.edition_id}"
    for address in (
        *(served.address + path for path in pages),
        *(served.brief, served.deed("up"), served.unsubscribe, editions, f"{editions}/cancel"),
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert complaints == [], address
    context.close()


def subscription(served: Served) -> Subscription:
    with served.database.reading() as session:
        return session.get_one(Subscription, served.people.subscription_id)


def edition(served: Served) -> Edition:
    with served.database.reading() as session:
        return session.get_one(Edition, served.people.edition_id)
