"""Place what comes in with the thread it belongs to, one after the other. Pure.

A new one joins the thread to whose newest members it is nearest on the mean, if near enough. It may
turn out to be the missing link of two threads: they become one when all their pairs are near enough
on the mean.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

NEWEST_OF_A_THREAD = 12  # members looked at

Nearness = Callable[[int, Sequence[int]], npt.NDArray[np.float64]]


class Placement(NamedTuple):
    """Where one goes; both None: it begins a thread of its own."""

    thread: int | None = None
    joined: int | None = None  # another thread, which is now part of the first


def place(
    one: int, threads: Mapping[int, Sequence[int]], nearness: Nearness, *, least: float
) -> Placement:
    """Return the thread of `one` among `threads`, each with its members, oldest first."""
    if not threads:
        return Placement()
    newest = {thread: members[-NEWEST_OF_A_THREAD:] for thread, members in threads.items()}
    near = nearness(one, [member for members in newest.values() for member in members]).tolist()
    means = {}
    for thread, members in newest.items():
        means[thread], near = sum(near[: len(members)]) / len(members), near[len(members) :]
    ranked = sorted(means, key=lambda thread: (-means[thread], thread))
    best = ranked[0]
    if means[best] < least:
        return Placement()
    if len(ranked) == 1 or means[ranked[1]] < least:
        return Placement(best)
    second = ranked[1]
    with_one = [*threads[best][-NEWEST_OF_A_THREAD:], one]
    between = [
        nearness(member, threads[second][-NEWEST_OF_A_THREAD:]).mean() for member in with_one
    ]
    return Placement(best, second if float(np.mean(between)) >= least else None)
