"""Find the few earlier insights that share most rare words with a new one. Pure.

It looks at no more than the newest insights of each word, so that the cost does not grow with the
store: what is told again is mostly told again soon.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

NEWEST_OF_A_TERM = 64
MOST_CANDIDATES = 12
_LEAST_SHARED = 2  # terms
_HARDLY_ANYBODY = 8  # insights

Ids = npt.NDArray[np.int64]
Terms = Sequence[tuple[int, float]]


@dataclass(slots=True)
class Postings:
    """Which insights hold which term: those stored before, and those of this batch so far."""

    stored: Mapping[int, Ids]  # the newest of each term, newest first
    entered: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def enter(self, insight_id: int, terms: Terms) -> None:
        for term, _ in terms:
            self.entered[term].append(insight_id)

    def candidates(self, terms: Terms, *, most: int = MOST_CANDIDATES) -> list[int]:
        """Return the insights that share at least two of `terms`, the rarest and most first.

        One is enough if hardly anybody has it, like the name of an affair.
        """
        found: list[Ids] = []
        weights: list[float] = []
        counts: list[int] = []
        for term, weight in terms:
            ids = self._newest(term)
            if len(ids):
                found.append(ids)
                weights.append(weight)
                counts.append(_LEAST_SHARED if len(ids) <= _HARDLY_ANYBODY else 1)
        if sum(counts) < _LEAST_SHARED:
            return []
        lengths = [len(one) for one in found]
        ids, place = np.unique(np.concatenate(found), return_inverse=True)
        enough = np.bincount(place, weights=np.repeat(counts, lengths)) >= _LEAST_SHARED
        if not enough.any():
            return []
        sums = np.bincount(place, weights=np.repeat(weights, lengths))
        chosen = np.flatnonzero(enough)
        order = np.lexsort((-ids[chosen], -sums[chosen]))[:most]
        return [int(one) for one in ids[chosen[order]]]

    def _newest(self, term: int) -> Ids:
        entered = self.entered.get(term)
        stored = self.stored.get(term)
        if not entered:
            return stored if stored is not None else np.zeros(0, dtype=np.int64)
        newest = np.array(entered[-NEWEST_OF_A_TERM:], dtype=np.int64)
        if stored is None or len(newest) == NEWEST_OF_A_TERM:
            return newest
        return np.concatenate([newest, stored[: NEWEST_OF_A_TERM - len(newest)]])


def distinct_terms(sketches: Iterable[Terms]) -> list[int]:
    """Return every term of these, in order."""
    return sorted({term for terms in sketches for term, _ in terms})
