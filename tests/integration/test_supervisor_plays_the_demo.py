"""The demo: everybody gets their five in the inbox, and nothing of its user's is touched."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.embedded.demo_home import MARK_FILE, demo_folder, empty, leave_real_things_alone
from service.embedded.installation import LOCK_FILE
from service.errors import ConfigurationError
from service.jobs import runtime_folder

LONGEST_SECONDS = 120


class Trap:
    """A port that stands for a real mail server; it counts who comes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.visits = 0
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return
            visitor.close()
            self.visits += 1

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    yield trap
    trap.close()


def test_the_demo_sends_everybody_their_five_and_nothing_to_the_real_world(tmp_path, trap):
    (tmp_path / ".env").write_text(
        f"PODBRIEF_SMTP_URL=smtp://me:secret@127.0.0.1:{trap.port}\n"
        f"PODBRIEF_DATABASE_URL=sqlite:///{tmp_path / 'mine.db'}\n"
    )
    home = tmp_path / "var"
    ports = {f"PODBRIEF_{name}_PORT": "0" for name in ("WEB", "CATCHER_SMTP", "CATCHER_INBOX")}

    played = subprocess.run(
        [sys.executable, "-m", "service.cli", "demo", "--once"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **ports, "PODBRIEF_HOME": str(home)},
        timeout=LONGEST_SECONDS,
    )

    assert played.returncode == 0, played.stderr
    result = json.loads(played.stdout.splitlines()[-1])
    assert result["due"] == result["planned"] + sum(result["skipped"].values())
    assert result["accepted"] == result["planned"] == result["inbox"] > 150
    assert result["equation_holds"]
    assert result["inbox_matches"]
    assert result["open"] == 0
    assert "PODBRIEF_DATABASE_URL, PODBRIEF_SMTP_URL are left alone" in " ".join(
        played.stderr.split()
    )
    assert trap.visits == 0
    assert not (tmp_path / "mine.db").exists()
    assert not list(Path(runtime_folder(home / "demo-once")).iterdir())
    shutil.rmtree(runtime_folder(home / "demo-once"))


def test_the_demo_does_not_play_in_somebodys_own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PODBRIEF_HOME", str(tmp_path))
    (tmp_path / "podbrief.db").touch()

    with pytest.raises(ConfigurationError, match="holds an installation of its own"):
        demo_folder(once=False)


def test_the_demo_plays_again_where_it_played_before(tmp_path, monkeypatch):
    monkeypatch.setenv("PODBRIEF_HOME", str(tmp_path))
    home = demo_folder(once=False)
    (home / "podbrief.db").touch()

    assert demo_folder(once=False) == home


def test_a_fresh_start_removes_what_was_left_but_lock_and_mark(tmp_path):
    (tmp_path / "inbox").mkdir()
    for name in (LOCK_FILE, MARK_FILE, "podbrief.db", "inbox/inbox.db"):
        (tmp_path / name).touch()

    empty(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == [MARK_FILE, LOCK_FILE]


def test_the_demo_follows_ports_and_leaves_stores_and_senders_alone(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("PODBRIEF_BROKER_URL=redis://real\nPODBRIEF_WEB_PORT=8123\n")
    monkeypatch.setattr("service.embedded.demo_home.ENV_FILE", tmp_path / ".env")
    for name, value in (
        ("PODBRIEF_POSTMARK_TOKEN", "real"),
        ("PODBRIEF_PUBLIC_URL", "https://real.example"),
        ("PODBRIEF_WORKER_PROCESSES", "3"),
        ("PODBRIEF_WEB_PORT", "8124"),
    ):
        monkeypatch.setenv(name, value)

    left_alone = leave_real_things_alone()

    assert left_alone == [
        "PODBRIEF_BROKER_URL",
        "PODBRIEF_POSTMARK_TOKEN",
        "PODBRIEF_PUBLIC_URL",
    ]
    followed = {name: value for name, value in os.environ.items() if name.startswith("PODBRIEF_")}
    assert followed == {"PODBRIEF_WEB_PORT": "8124", "PODBRIEF_WORKER_PROCESSES": "3"}
