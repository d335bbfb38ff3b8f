"""`podbrief up` as its user meets it: one process that stands for all, whatever happens to it."""

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.jobs import runtime_folder

PATIENCE_SECONDS = 60.0
PODBRIEF = (sys.executable, "-m", "service.cli")


def environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PODBRIEF_HOME": str(home),
        "PODBRIEF_WEB_PORT": "0",
        "PODBRIEF_CATCHER_SMTP_PORT": "0",
        "PODBRIEF_CATCHER_INBOX_PORT": "0",
        "PODBRIEF_WORKER_PROCESSES": "1",
        "PYTHONUNBUFFERED": "1",
    }


class Up:
    """A running `podbrief up`, and what it has said."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.said: list[str] = []
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def wait_for(self, words: str) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                line = self._lines.get(timeout=deadline - time.monotonic())
            except queue.Empty:
                break
            self.said.append(line)
            if re.search(words, line):
                return line
        pytest.fail(f"{words!r} was not said:\n{''.join(self.said)}")


@contextmanager
def running(home: Path, folder: Path) -> Iterator[Up]:
    with subprocess.Popen(
        [*PODBRIEF, "up"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(home),
        cwd=folder,
    ) as process:
        up = Up(process)
        try:
            yield up
        finally:
            process.kill()
            shutil.rmtree(runtime_folder(home), ignore_errors=True)


def podbrief(*words: str, home: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PODBRIEF, *words],
        check=False,
        capture_output=True,
        text=True,
        env=environment(home),
        cwd=folder,
        timeout=PATIENCE_SECONDS,
    )


def parts_of(pid: int) -> dict[int, str]:
    """The processes a process has started, and theirs, with what they run."""
    found: dict[int, str] = {}
    parents = {pid}
    while parents:
        children = {}
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = status.read_text().rpartition(")")[2].split()
                words = (status.parent / "cmdline").read_bytes().replace(b"\0", b" ")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[1]) in parents and fields[0] != "Z":
                children[int(status.parent.name)] = words.decode()
        parents = set(children) - set(found)
        found |= children
    return found


def until(question: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not question():
        assert time.monotonic() < deadline, what
        threading.Event().wait(0.05)


def test_one_command_runs_all_and_heals_it_and_stops_it(tmp_path: Path):
    home = tmp_path / "home"
    with running(home, tmp_path) as up:
        up.wait_for(r"ready: +site http://127\.0\.0\.1:\d+ +inbox http://127\.0\.0\.1:\d+")

        again = podbrief("up", home=home, folder=tmp_path)
        assert again.returncode == 1
        assert f"podbrief already runs for {home} (process {up.process.pid})" in again.stderr

        status = podbrief("status", "--json", home=home, folder=tmp_path)
        assert status.returncode == 0, status.stderr
        assert json.loads(status.stdout)["workers"], "another shell finds the same installation"

        parts = parts_of(up.process.pid)
        worker = next(pid for pid, words in parts.items() if "workers.app worker" in words)
        os.kill(worker, signal.SIGKILL)
        up.wait_for(r"worker was ended by SIGKILL; starting it again")

        up.process.send_signal(signal.SIGINT)
        up.wait_for("stopping")
        up.wait_for("stopped")
        assert up.process.wait(PATIENCE_SECONDS) == 0
        until(lambda: not any(map(_lives, parts)), "a part outlived the supervisor")


def test_nothing_outlives_a_supervisor_that_was_killed(tmp_path: Path):
    home = tmp_path / "home"
    with running(home, tmp_path) as up:
        up.wait_for("ready:")
        parts = parts_of(up.process.pid)
        assert len(parts) >= 6  # valkey, catcher, worker and its child, beat, web

        up.process.kill()

        until(lambda: not any(map(_lives, parts)), f"{parts} outlived their supervisor")


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
