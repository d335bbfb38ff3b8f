"""How a reader's deeds move the weight of a topic: one rule, computed anew each time.

A topic somebody follows starts at 1, any other at 0. Each deed on an insight about it adds its
step. A topic followed stays within 0 and 3; one we only learned of within 0 and 2, so that what
somebody asked for can always outweigh what we inferred. Since the sum is made from the deeds that
hold, a deed said twice counts once and a deed undone leaves no trace.

Pure.
"""

from collections.abc import Iterable

from service.feedback.models import Deed

STEPS = {Deed.UP: 0.25, Deed.MORE: 0.5, Deed.SAVE: 0.25, Deed.DOWN: -0.25}
FOLLOWED = 1.0
NOT_FOLLOWED = 0.0
_MOST = {FOLLOWED: 3.0, NOT_FOLLOWED: 2.0}

CONTRADICTS = {
    Deed.UP: frozenset({Deed.DOWN}),
    Deed.MORE: frozenset({Deed.DOWN}),
    Deed.DOWN: frozenset({Deed.UP, Deed.MORE}),
    Deed.SAVE: frozenset[Deed](),
}


def learned(deeds: Iterable[str]) -> float:
    """Return what all deeds on insights about one topic add up to."""
    return sum(STEPS[Deed(deed)] for deed in deeds)


def weight(start: float, added: float) -> float:
    """Return the weight of a topic that started at `start`, within its limits."""
    return min(max(start + added, 0.0), _MOST[start])


def start_of(stored: float | None, added: float) -> float:
    """Return where a topic started, from its stored weight and the deeds that made it so.

    Exact for weights made by this rule, since the two starts never lead to the same weight but
    for 0, and a topic that was not followed has no row at 0. For a weight set by hand in between
    the nearer start is taken.
    """
    if stored is None:
        return NOT_FOLLOWED
    if stored == 0:
        return FOLLOWED
    return min((FOLLOWED, NOT_FOLLOWED), key=lambda start: abs(weight(start, added) - stored))
