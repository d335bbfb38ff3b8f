"""The findings in `threads.txt`: those of one event together, and those of none."""

from pathlib import Path


def events() -> list[list[str]]:
    """Return the findings of each event."""
    return _paragraphs()[:-1]


def of_no_event() -> list[str]:
    """Return findings that share a topic with the others, and no event."""
    return _paragraphs()[-1]


def _paragraphs() -> list[list[str]]:
    text = (Path(__file__).parent / "threads.txt").read_text("utf-8")
    found = [
        [line for line in paragraph.splitlines() if line and not line.startswith("#")]
        for paragraph in text.split("\n\n")
    ]
    return [lines for lines in found if lines]
