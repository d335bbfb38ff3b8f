"""An installation as it is run: `podbrief up` on a folder of its own, and its inbox."""

import contextlib
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

from service.db.database import Database

PATIENCE_SECONDS = 60
PEOPLE = ["ada@example.org", "søren@example.net", "li.ming@example.com"]
FOUND = (  # nothing of one is told by another: each is a story of its own
    "Bees can count to four when flowers are few.",
    "A chip made of glass kept its memory for a year in the oven.",
    "Old mortgages explain who moves house in a boom.",
    "Whales near Tonga changed their song within one season.",
    "Batteries of salt run trams in a town without lithium.",
    "Goalkeepers dive left on Mondays, and nobody knows why.",
    "A vaccine stored as sugar survived the desert.",
)
INSIGHTS = [
    {
        "id": f"journey-{number}",
        "headline": f"Finding {number}: {text.partition(' ')[0].lower()}",
        "text": f"{text} It was <b>held</b> up by others.",
        "podcast": f"Podcast {number}",
        "episode": f"Episode {number}",
        "episode_url": f"https://podcast{number}.example.com/1",
        "speaker": f"Ada Quill {number}",
        "timecode": 60 * number,
        "topics": ["Chips"],
    }
    for number, text in enumerate(FOUND, start=1)
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

    def answers(self) -> bool:
        """Whether the site is up."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.site}/livez").is_success
        except httpx.TransportError:
            return False

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
