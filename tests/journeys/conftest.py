"""A site that listens, and browsers to visit it with."""

import socket
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from service.config import Settings
from service.db.database import Database
from service.db.migrate import upgrade
from service.web.app import create_app
from tests.factories.served import Served, running


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
