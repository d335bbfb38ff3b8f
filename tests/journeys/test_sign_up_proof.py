"""Work asked of a browser: its script does the sum, and the site takes it."""

import socket

import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from service.config import Settings
from service.db.database import Database
from service.db.migrate import upgrade
from service.web.app import create_app
from tests.factories.asking import owed
from tests.factories.served import Served, running

pytestmark = pytest.mark.browser
BITS = 10
JO = "jörg+brief@bücher.example"


def test_a_browser_does_the_sum_and_is_taken_for_the_price_of_one(tmp_path, browser: Browser):
    with socket.create_server(("127.0.0.1", 0)) as line:
        settings = Settings(
            home=tmp_path,
            web={"port": line.getsockname()[1]},
            broker={"url": "redis://127.0.0.1:1/0"},
            signup={"proof_bits": BITS, "per_ip": 9},  # fewer than a form without the sum costs
            _env_file=None,
        )
        database = Database(settings.database_url)
        upgrade(database)
        site = Served(f"http://127.0.0.1:{settings.web.port}", settings, database)
        with running(uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None)), line):
            page = browser.new_page()
            page.goto(f"{site.address}/l/daily/sign-up")
            page.get_by_label("Your email address").fill(JO)
            page.get_by_role("button", name="Send me the link").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Look in your inbox.")
            plain = browser.new_context(java_script_enabled=False).new_page()
            plain.goto(f"{site.address}/l/daily/sign-up")
            plain.get_by_label("Your email address").fill("slow@example.org")
            plain.get_by_role("button", name="Send me the link").click()
            plain.get_by_role("button", name="Go on without the sum").click()
            expect(plain.get_by_role("heading", level=1)).to_have_text("That was too often.")
        assert owed(database) == [("confirm", JO)]
        database.dispose()
