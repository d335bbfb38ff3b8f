"""How much texts share: the cosines of their stems by rarity, of many pairs at once. Pure."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from service.insights.understanding.stretches import Ids, places_of
from service.insights.understanding.telling import Telling

_CELLS_AT_ONCE = 1_000_000  # 8 MB


def shared_stems_of(tellings: Sequence[Telling], ones: Ids, others: Ids) -> npt.NDArray[np.float64]:
    """Return the cosine of each pair of `tellings`, given by the places of both.

    Pairs come in the order of the first: its stems are spread out once for all it is held against.
    """
    found = np.zeros(len(ones))
    if not len(ones):
        return found
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    stems = np.array([numbers[stem] for telling in tellings for stem in telling.rarities], np.intp)
    weights = np.array([weight for telling in tellings for weight in telling.rarities.values()])
    lengths = np.array([len(telling.rarities) for telling in tellings])
    starts = np.cumsum(lengths) - lengths
    norms = np.array([telling.length or 1.0 for telling in tellings])
    at_once = max(1, _CELLS_AT_ONCE // max(len(numbers), 1))
    spread = np.zeros((at_once, len(numbers)))
    distinct, row_of_pair = np.unique(ones, return_inverse=True)
    for first in range(0, len(distinct), at_once):
        rows = distinct[first : first + at_once]
        begin, end = np.searchsorted(row_of_pair, (first, first + at_once))
        held = others[begin:end]
        ours = places_of(starts[rows], lengths[rows])
        our_rows = np.repeat(np.arange(len(rows)), lengths[rows])
        spread[our_rows, stems[ours]] = weights[ours]
        theirs = places_of(starts[held], lengths[held])
        pair_of = np.repeat(np.arange(len(held)), lengths[held])
        products = spread[row_of_pair[begin:end][pair_of] - first, stems[theirs]] * weights[theirs]
        sums = np.bincount(pair_of, weights=products, minlength=len(held))
        found[begin:end] = sums / (norms[ones[begin:end]] * norms[held])
        spread[our_rows, stems[ours]] = 0.0
    return found
