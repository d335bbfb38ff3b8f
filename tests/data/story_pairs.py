"""The pairs of insights in `story_pairs.txt`."""

from functools import cache
from pathlib import Path

Texts = tuple[str, str]


@cache
def pairs() -> tuple[tuple[str, Texts], ...]:
    """Return the kind of each pair and its two tellings."""
    found = []
    for paragraph in Path(__file__).with_suffix(".txt").read_text("utf-8").split("\n\n"):
        lines = [line for line in paragraph.splitlines() if line and not line.startswith("#")]
        if lines:
            kind, one, other = lines
            found.append((kind, (one, other)))
    return tuple(found)


def retold() -> list[Texts]:
    """Return pairs that tell one finding in other words."""
    return [texts for kind, texts in pairs() if kind == "retold"]


def others() -> list[Texts]:
    """Return pairs that are about one subject and tell two findings."""
    return [texts for kind, texts in pairs() if kind == "other"]
