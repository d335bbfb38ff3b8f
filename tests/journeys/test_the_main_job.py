"""The main job, as an installation runs it: `podbrief up`, beat ticks, the mail is in the inbox."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright
from sqlalchemy import select, update

from service.audience.models import Subscription
from service.clock import SystemClock
from service.db.database import Database
from service.feedback.models import Reaction
from service.jobs import runtime_folder

PATIENCE_SECONDS = 60
PEOPLE = ["ada@example.org", "søren@example.net", "li.ming@example.com"]
INSIGHTS = [
    {
        "id": f"journey-{number}",
        "headline": f"Finding {number} held when others looked again",
        "text": f"Finding number {number} was made on a Tuesday, and <b>held</b> on the Wednesday.",
        "podcast": f"Podcast {number}",
        "episode": f"Episode {number}",
        "episode_url": f"https://podcast{number}.example.com/1",
        "speaker": "Ada Quill",
        "timecode": 60 * number,
        "topics": ["Chips"],
    }
    for number in range(1, 8)
]


class Installation:
    """A running `podbrief up` on a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.site, self.inbox, smtp = (_free_port() for _ in range(3))
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("PODBRIEF_")},
            "PODBRIEF_HOME": str(home),
            "PODBRIEF_WEB_PORT": str(self.site),
            "PODBRIEF_CATCHER_INBOX_PORT": str(self.inbox),
            "PODBRIEF_CATCHER_SMTP_PORT": str(smtp),
            "PODBRIEF_BEAT_TICK_SECONDS": "1",
            "PODBRIEF_WORKER_POLL_SECONDS": "30",  # the doorbell is to do it
        }
        self.home = home
        self.database = Database(f"sqlite:///{home / 'podbrief.db'}")

    def podbrief(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "service.cli", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def mails(self) -> list[dict[str, Any]]:
        answer = httpx.get(f"http://127.0.0.1:{self.inbox}/api/messages")
        found = answer.json()
        messages: list[dict[str, Any]] = found["messages"] if isinstance(found, dict) else found
        return messages

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        with (self.home / "up.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", "up"],
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_SECONDS) == 0, (self.home / "up.log").read_text()


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


def until(question: Callable[[], bool]) -> None:
    """Ask again and again, until yes; fail when patience is over."""
    limit = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not question():
        if time.monotonic() > limit:
            pytest.fail("it never came true")
        pause.wait(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
