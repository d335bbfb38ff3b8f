"""Files are short and finished, and no code waits by the clock."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 300  # lines
UNFINISHED = re.compile(r"\b(TO" + "DO|FIX" + "ME|XX" + "X|NotImplemented" + r"Error)\b")
SLEEP = re.compile(r"\btime\.sl" + r"eep\(|from time import .*\bsl" + r"eep\b")
DELAYED_TASK = re.compile(r"\b(eta|countdown)=")  # pitfall 1: redelivered again and again


def code(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations/versions" not in path.as_posix():
                yield path


def places(pattern: re.Pattern[str], *folders: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in code(*folders)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_is_longer_than_a_reader_can_hold():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in code("service", "workers", "tests", "benchmarks")
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}, "name the deeds in them, and give each its own file"


def test_nothing_is_left_unfinished():
    assert places(UNFINISHED, "service", "workers", "tests", "benchmarks") == []


def test_no_test_waits_by_the_clock():
    assert places(SLEEP, "tests") == [], "wait for what you expect, not for time to pass"


def test_no_task_carries_a_time():
    assert places(DELAYED_TASK, "service", "workers") == [], "time lives in next_at columns"


@pytest.mark.parametrize("caption", sorted((ROOT / "service").rglob("__init__.py")), ids=str)
def test_a_room_opens_with_its_caption_and_nothing_else(caption: Path):
    lines = caption.read_text("utf-8").splitlines()
    assert len(lines) == 1
    assert lines[0].startswith('"""')
