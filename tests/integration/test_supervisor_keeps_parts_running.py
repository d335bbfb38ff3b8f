"""The supervisor starts parts, starts them again when they die, and stops them in order."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.embedded.child import Part
from service.embedded.supervisor import PartReport, PartState, Supervisor
from service.errors import PodbriefError

PATIENCE_SECONDS = 20.0
NEVER = threading.Event()

# A part that says what happens to it, and ends with SIGTERM.
WELL_BEHAVED = """
import signal, sys, threading
name = sys.argv[1]
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
signal.signal(signal.SIGINT, lambda *_: print("interrupted", flush=True))
print("started", flush=True)
while not stop.wait(0.02):
    pass
print("stopped", flush=True)
"""
STUBBORN = """
import signal, threading
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("started", flush=True)
threading.Event().wait()
"""


class Heard:
    """Everything the parts said, in order."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    def has(self, name: str, word: str) -> bool:
        return any(said == name and word in line for said, line in self.lines)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def supervisor(heard: Heard) -> Iterator[Supervisor]:
    supervisor = Supervisor(heard)
    yield supervisor
    supervisor.hurry()
    supervisor.stop()


def part(name: str, script: str, **more: object) -> Part:
    return Part(name=name, command=(sys.executable, "-c", script, name), **more)  # type: ignore[arg-type]


def until(question: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not question():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.01)


def report_of(supervisor: Supervisor, name: str) -> PartReport:
    return next(report for report in supervisor.look() if report.name == name)


def test_a_part_that_dies_is_started_again_and_counted(supervisor, heard):
    supervisor.start(part("sender", WELL_BEHAVED, is_ready=lambda: heard.has("sender", "started")))
    assert supervisor.wait_until_ready(NEVER, PATIENCE_SECONDS)
    first = report_of(supervisor, "sender").pid
    assert first is not None

    os.kill(first, signal.SIGKILL)

    until(lambda: report_of(supervisor, "sender").pid not in (None, first))
    assert report_of(supervisor, "sender").restarts == 1
    assert heard.has("podbrief", "sender was ended by SIGKILL; starting it again in 0.2 s")


def test_groups_stop_in_the_reverse_of_their_order(supervisor, heard):
    supervisor.start(part("server", WELL_BEHAVED, is_ready=lambda: heard.has("server", "started")))
    assert supervisor.wait_until_ready(NEVER, PATIENCE_SECONDS)
    supervisor.start(part("worker", WELL_BEHAVED, is_ready=lambda: heard.has("worker", "started")))
    assert supervisor.wait_until_ready(NEVER, PATIENCE_SECONDS)

    supervisor.stop()

    assert heard.lines == [
        ("server", "started"),
        ("worker", "started"),
        ("worker", "stopped"),
        ("server", "stopped"),
    ]
    assert {report.state for report in supervisor.look()} == {PartState.STOPPED}


def test_a_part_that_does_not_stop_in_time_is_killed(supervisor, heard):
    slow = part("deaf", STUBBORN, stop_seconds=0.1, is_ready=lambda: heard.has("deaf", "started"))
    supervisor.start(slow)
    assert supervisor.wait_until_ready(NEVER, PATIENCE_SECONDS)

    supervisor.stop()

    assert heard.has("podbrief", "deaf did not stop in time: killing it")
    assert report_of(supervisor, "deaf").state is PartState.STOPPED


def test_a_part_that_never_comes_up_is_given_up_with_its_last_words(supervisor):
    supervisor.start(part("broken", "raise SystemExit('the ink is dry')", is_ready=lambda: False))

    with pytest.raises(PodbriefError, match=r"broken ended with exit code 1(.|\n)*the ink is dry"):
        supervisor.wait_until_ready(NEVER, PATIENCE_SECONDS)


def test_a_part_that_lives_but_does_not_work_is_started_again(supervisor, heard, monkeypatch):
    monkeypatch.setattr("service.embedded.supervisor.LIFE_SIGN_SECONDS", 0.05)
    idle = part(
        "idle",
        WELL_BEHAVED,
        is_ready=lambda: heard.has("idle", "started"),
        is_stuck=lambda: report_free(heard),
    )
    supervisor.start(idle)
    assert supervisor.wait_until_ready(NEVER, PATIENCE_SECONDS)

    until(lambda: report_of(supervisor, "idle").restarts > 0)

    assert heard.has("podbrief", "idle shows no sign of life: starting it again")


def report_free(heard: Heard) -> bool:
    """Stuck until it was started a second time."""
    return sum(line == "started" for _, line in heard.lines) < 2


def test_waiting_ends_when_we_are_asked_to_stop(supervisor):
    supervisor.start(part("slow", WELL_BEHAVED, is_ready=lambda: False))
    stop = threading.Event()
    stop.set()

    assert not supervisor.wait_until_ready(stop, PATIENCE_SECONDS)


SUPERVISING = """
import sys, threading
from service.embedded.child import Part
from service.embedded.supervisor import Supervisor

def say(name, line):
    print(line, flush=True)

supervisor = Supervisor(say)
script = "import os, threading; print(os.getpid(), flush=True); threading.Event().wait()"
supervisor.start(Part(name="part", command=(sys.executable, "-c", script)))
threading.Event().wait()
"""


def test_no_part_outlives_a_supervisor_that_was_killed(tmp_path: Path):
    supervising = subprocess.Popen(
        [sys.executable, "-c", SUPERVISING], stdout=subprocess.PIPE, text=True
    )
    with supervising:
        assert supervising.stdout is not None
        pid = int(supervising.stdout.readline())
        supervising.kill()

    until(lambda: not _lives(pid))


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # nobody may have buried it yet
