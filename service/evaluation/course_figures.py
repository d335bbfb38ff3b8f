"""What a simulation shows, as figures: what readers got of what there was to get. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from service.evaluation.metrics import Estimate, estimate
from service.evaluation.simulate import Course, Start

WINDOW = 5  # days a point of a line stands for


class Line(NamedTuple):
    """How a group of readers fared over time."""

    name: str
    readers: int
    windows: list[Estimate]  # share of the best five there were, by five days

    @property
    def means(self) -> list[float]:
        return [window.mean for window in self.windows]

    @property
    def intervals(self) -> list[tuple[float, float]]:
        return [(window.low, window.high) for window in self.windows]


class Shown(NamedTuple):
    """What the simulations say, beside each other."""

    days: int
    lines: dict[str, dict[str, Line]]  # by run, then by how readers began
    gain: Estimate  # of learning, in the last third: share got with it less without it
    recovery: Estimate  # of exploring, for wrong topics, in the middle third
    story_twice: int
    audit: dict[str, Any]


def shown_by(runs: Mapping[str, Course], *, learning: str, without: str, plain: str) -> Shown:
    """Compare runs over the same people: with learning, without it, and without exploring."""
    full = runs[learning]
    days = len(full.liking)
    third = days // 3
    last, middle = slice(days - third, days), slice(third, 2 * third)
    everybody = ~full.tired
    wrong = full.started(Start.WRONG)
    gain = full.share(everybody, last) - runs[without].share(everybody, last)
    recovery = full.share(wrong, middle) - runs[plain].share(wrong, middle)
    return Shown(
        days=days,
        lines={
            name: {start.value: _line(course, start) for start in Start}
            for name, course in runs.items()
        },
        gain=estimate(gain),
        recovery=estimate(recovery),
        story_twice=sum(course.stories_twice for course in runs.values()),
        audit={
            "acts": full.acts,
            "briefs": full.briefs,
            "fatigue": full.stages,
            "slowed_though_unseen": full.slowed_unseen,
            "behind_a_scanner": int(full.scanned.sum()),
            "visits_of_scanners": full.scans,
            "lessons_no_person_gave": full.lessons_unexplained,
        },
    )


def _line(course: Course, start: Start) -> Line:
    rows = course.started(start)
    windows = [
        estimate(course.share(rows, slice(first, first + WINDOW)))
        for first in range(0, len(course.liking), WINDOW)
        if np.isfinite(course.liking[first : first + WINDOW]).any()
    ]
    return Line(start.value, int(rows.sum()), windows)
