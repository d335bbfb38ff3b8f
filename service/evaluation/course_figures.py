"""What a simulation shows, as figures: what readers got of what there was to get. Pure."""

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
    astray: dict[str, Line]  # runs in which all began with wrong topics, for their first month
    gain: Estimate  # of learning, in the last third: share got with it less without it
    recovery: Estimate  # of exploring, in the first month of those who began wrong
    story_twice: int
    audit: dict[str, Any]


def gain_of(learning: Course, without: Course) -> Estimate:
    """Return what learning gives the same people in the last third of the days."""
    days = len(learning.liking)
    last, everybody = slice(days - days // 3, days), ~learning.tired
    return estimate(learning.share(everybody, last) - without.share(everybody, last))


def recovery_of(exploring: Course, plain: Course) -> Estimate:
    """Return what exploring gives people who began wrong, once there was time to act on it."""
    rows = exploring.started(Start.WRONG)
    late = slice(WINDOW, len(exploring.liking))
    return estimate(exploring.share(rows, late) - plain.share(rows, late))


def lines_of(course: Course) -> dict[str, Line]:
    """Return the line of each group of readers there is."""
    return {start.value: _line(course, start) for start in Start if course.started(start).any()}


def audit_of(course: Course) -> dict[str, Any]:
    """Return what was done, and what must not have happened."""
    return {
        "acts": course.acts,
        "briefs": course.briefs,
        "fatigue": course.stages,
        "slowed_though_unseen": course.slowed_unseen,
        "behind_a_scanner": int(course.scanned.sum()),
        "visits_of_scanners": course.scans,
        "lessons_no_person_gave": course.lessons_unexplained,
    }


def _line(course: Course, start: Start) -> Line:
    rows = course.started(start)
    windows = [
        estimate(course.share(rows, slice(first, first + WINDOW)))
        for first in range(0, len(course.liking), WINDOW)
        if np.isfinite(course.liking[first : first + WINDOW]).any()
    ]
    return Line(start.value, int(rows.sum()), windows)
