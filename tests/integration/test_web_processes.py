"""The site in several processes on one port: all of it answers, and all of it ends together."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.db.database import Database
from service.db.migrate import upgrade

SECONDS = 60


def until(holds: Callable[[], bool], said: str) -> None:
    pause = threading.Event()  # never set
    ends = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < ends, said
        pause.wait(0.05)


def answers(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/livez")
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_two_processes_answer_and_neither_outlives_the_one_that_started_them(tmp_path: Path, end):
    database = Database(f"sqlite:///{tmp_path / 'podbrief.db'}")
    upgrade(database)
    database.dispose()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {"HOME": str(tmp_path), "WEB_PORT": str(port), "WEB_PROCESSES": "2"}
    environment = {f"PODBRIEF_{name}": value for name, value in settings.items()}
    with (tmp_path / "log").open("wb") as log:
        site = subprocess.Popen(
            [sys.executable, "-m", "service.embedded.run", "web"],
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )
    said = tmp_path / "log"
    until(lambda: said.read_bytes().count(b"startup complete") == 2, said.read_text("utf-8"))
    assert answers(port)
    site.send_signal(end)
    site.wait(SECONDS)
    until(lambda: not answers(port), "somebody answers still")
