"""How well things were put into groups, against the groups they belong to. Pure."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple


class Agreement(NamedTuple):
    """Precision, recall and their harmonic mean."""

    precision: float
    recall: float
    f1: float


def agreement(precision: float, recall: float) -> Agreement:
    both = precision + recall
    return Agreement(precision, recall, 2 * precision * recall / both if both else 0.0)


def of_pairs(found: Sequence[bool], true: Sequence[bool]) -> Agreement:
    """Return how well pairs were told to be the same."""
    right = sum(one and other for one, other in zip(found, true, strict=True))
    return agreement(right / max(1, sum(found)), right / max(1, sum(true)))


def pairwise(found: Sequence[Hashable], true: Sequence[Hashable]) -> Agreement:
    """Return how well a grouping finds the pairs that belong together, counted without a list."""
    together = _pairs(Counter(zip(found, true, strict=True)))
    said, owed = _pairs(Counter(found)), _pairs(Counter(true))
    return agreement(together / said if said else 1.0, together / owed if owed else 1.0)


def b_cubed(found: Sequence[Hashable], true: Sequence[Hashable]) -> Agreement:
    """Return B-cubed: for each thing, how pure its group is and how much of its own it holds."""
    if not found:
        return Agreement(1.0, 1.0, 1.0)
    both = Counter(zip(found, true, strict=True))
    groups, owed = Counter(found), Counter(true)
    pure = sum(n * n / groups[group] for (group, _), n in both.items())
    whole = sum(n * n / owed[own] for (_, own), n in both.items())
    return agreement(pure / len(found), whole / len(found))


def _pairs(counts: Counter[Hashable]) -> int:
    return sum(n * (n - 1) // 2 for n in counts.values())
