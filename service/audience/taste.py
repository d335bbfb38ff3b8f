"""What somebody's acts say of their taste: topic weights and one vector, by one rule.

Both are made anew from the acts that hold, so an act done twice counts once and one taken back
leaves no trace. A topic somebody asked for starts at what they asked; every act on an insight about
it adds its step, halved every ninety days. The vector is a mean of what they took to, less half of
what they turned down, each halved every thirty insights they acted on. Pure.
"""

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt


class Act(StrEnum):
    """Something a person did that says what they think of one insight."""

    UP = "up"  # useful
    DOWN = "down"  # not for me
    MORE = "more"  # more like this
    SAVE = "save"  # kept it
    CLICK = "click"  # went to the source; a human, with leave to be seen
    MUTE = "mute"  # wants nothing more of its podcast or speaker
    LEFT = "left"  # left the list as not relevant, and it stood in the last brief


STEPS = {
    Act.UP: 0.25,
    Act.MORE: 0.5,
    Act.SAVE: 0.25,
    Act.CLICK: 0.1,
    Act.DOWN: -0.25,
    Act.MUTE: -0.1,  # who is tired of a voice may love its subject
    Act.LEFT: -0.1,
}
LIKING = {Act.UP: 1.0, Act.MORE: 1.0, Act.SAVE: 1.0, Act.CLICK: 0.5}
DISLIKING = {Act.DOWN: 1.0, Act.MUTE: 0.5, Act.LEFT: 0.5}
CONTRADICTS = {
    Act.UP: frozenset({Act.DOWN}),
    Act.MORE: frozenset({Act.DOWN}),
    Act.DOWN: frozenset({Act.UP, Act.MORE}),
}
"""What an act takes the place of, on the same insight."""

HALF_LIFE = dt.timedelta(days=90)
HALF_LIFE_OF_A_PROFILE = 30  # insights acted on
LOOKED_AT = 8 * HALF_LIFE_OF_A_PROFILE  # what is older counts for less than 1 in 250
_DISLIKED_COUNTS = 0.5

LEAST_STATED, NORMAL, MOST_STATED = 0.0, 1.0, 2.0
NEVER = LEAST_STATED
MOST_ASKED_FOR = 3.0
MOST_INFERRED = 2.0  # so that what somebody asked for can always outweigh what we inferred


def decay(age: dt.timedelta) -> float:
    """Return what is left of a step after `age`."""
    return math.exp2(-max(age, dt.timedelta(0)) / HALF_LIFE)


def learned_from(acts: Iterable[tuple[str, dt.datetime]], *, now: dt.datetime) -> float:
    """Return what all acts on insights about one topic add up to by now."""
    return math.fsum(STEPS[Act(act)] * decay(now - at) for act, at in acts)


def weight_of(stated: float | None, learned: float) -> float:
    """Return how much a topic weighs for somebody, within its limits.

    Never is never: nothing learned brings a topic back that somebody wants nothing of.
    """
    if stated is None:
        return min(max(learned, 0.0), MOST_INFERRED)
    if stated <= NEVER:
        return 0.0
    return min(max(stated + learned, 0.0), MOST_ASKED_FOR)


def opinion(acts: Iterable[str]) -> float:
    """Return what somebody's acts on one insight say together: 1 liked, -1 turned down.

    Whoever says "not for me" of what they once clicked has turned it down.
    """
    done = [Act(act) for act in acts]
    against = max((DISLIKING.get(act, 0.0) for act in done), default=0.0)
    return -against if against else max((LIKING.get(act, 0.0) for act in done), default=0.0)


def profile_of(
    opinions: Sequence[float] | npt.NDArray[np.float64], vectors: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], float] | None:
    """Return the unit vector of somebody's taste and how much is behind it; None for nothing.

    `opinions` and `vectors` (N, D) stand newest first, one of each for an insight.
    """
    if not len(opinions):
        return None
    halved = np.exp2(-np.arange(len(opinions)) / HALF_LIFE_OF_A_PROFILE)
    weights = np.asarray(opinions) * halved
    likes = float(weights[weights > 0].sum())
    total = np.zeros(vectors.shape[1])
    for sign, counts in ((1.0, 1.0), (-1.0, _DISLIKED_COUNTS)):
        of_sign = np.maximum(sign * weights, 0.0)
        if of_sign.any():
            total += sign * counts * (of_sign @ vectors) / of_sign.sum()
    length = float(np.linalg.norm(total))
    if length == 0:
        return None
    return (total / length).astype(np.float32), likes
