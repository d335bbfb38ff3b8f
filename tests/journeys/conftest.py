"""A site that listens, and browsers to visit it with."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from service.config import Settings
from service.db.database import Database
from service.db.migrate import upgrade
from service.jobs import runtime_folder
from service.web.app import create_app
from tests.factories.installation import INSIGHTS, PEOPLE, Installation
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


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    here = Installation(tmp_path)
    here.podbrief("db", "upgrade")
    here.podbrief(
        *("lists", "create", "daily", "--name", "The Daily Five"),
        *("--from-email", "brief@podbrief.example", "--postal-address", "1 Quiet Lane, Utrecht"),
    )
    insights = tmp_path / "insights.jsonl"
    insights.write_text("".join(json.dumps(insight) + "\n" for insight in INSIGHTS))
    here.podbrief("insights", "import", str(insights))
    people = tmp_path / "people.csv"
    people.write_text("email,topics\n" + "".join(f"{address},Chips\n" for address in PEOPLE))
    here.podbrief("subscribers", "import", str(people), "--list", "daily")
    yield here
    here.database.dispose()
    runtime_folder(tmp_path)
