"""Find the few earlier insights that share most rare words with new ones. Pure.

It looks at no more than the newest insights of each word, so that the cost does not grow with the
store: what is told again is mostly told again soon. A whole batch is looked through at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.insights.understanding.stretches import Ids, places_of

NEWEST_OF_A_TERM = 64
MOST_CANDIDATES = 12
_LEAST_SHARED = 2  # terms
_HARDLY_ANYBODY = 8  # insights
_AT_ONCE = 200_000  # pairs of a new insight and an earlier one that share a term

Floats = npt.NDArray[np.float64]
Terms = Sequence[tuple[int, float]]


class _Postings(NamedTuple):
    """For each term of each new insight, in their order, which earlier insights hold it."""

    rows: Ids  # of the new insight
    weights: Floats  # of the term
    starts: Ids  # of the holders
    ends: Ids
    holders: Ids  # of every term, oldest first


def candidates_of(
    sketches: Mapping[int, Terms],
    stored: Mapping[int, Ids],
    *,
    most: int = MOST_CANDIDATES,
) -> dict[int, list[int]]:
    """Return for each new insight those that share at least two of its terms.

    `sketches` are the terms of the new ones, in the order they enter: each is held against what
    came before it. `stored` names the newest earlier insights of each term, newest first. Found are
    the `most` that share the rarest terms and most of them; one term is enough if hardly anybody
    has it, like the name of an affair.
    """
    found: dict[int, list[int]] = {insight_id: [] for insight_id in sketches}
    postings = _postings(sketches, stored)
    if not len(postings.rows):
        return found
    ids = list(sketches)
    for part in _parts(postings):
        rows, holders = _best_of(part, postings.holders, most)
        firsts = np.flatnonzero(np.diff(rows, prepend=-1)).tolist()
        for start, end in pairwise([*firsts, len(rows)]):
            found[ids[rows[start]]] = holders[start:end].tolist()
    return found


def distinct_terms(sketches: Iterable[Terms]) -> list[int]:
    """Return every term of these, in order."""
    return sorted({term for terms in sketches for term, _ in terms})


def _postings(sketches: Mapping[int, Terms], stored: Mapping[int, Ids]) -> _Postings:
    flat = [term for terms in sketches.values() for term in terms]
    names, of_term = np.unique([name for name, _ in flat], return_inverse=True)
    rows = np.repeat(np.arange(len(sketches)), [len(terms) for terms in sketches.values()])
    nothing = np.zeros(0, dtype=np.int64)
    earlier = [stored.get(name, nothing) for name in names.tolist()]
    before = np.array([len(holders) for holders in earlier], dtype=np.int64)
    entering = np.bincount(of_term, minlength=len(names))
    begins = np.cumsum(before + entering) - before - entering
    # which of those entering with a term each one is
    order = np.argsort(of_term, kind="stable")
    rank = np.empty(len(flat), dtype=np.int64)
    rank[order] = places_of(np.zeros(len(names), dtype=np.int64), entering)
    ends = begins[of_term] + before[of_term] + rank
    holders = np.empty(int((before + entering).sum()), dtype=np.int64)
    holders[places_of(begins, before)] = np.concatenate([nothing, *(one[::-1] for one in earlier)])
    holders[ends] = np.array(list(sketches), dtype=np.int64)[rows]
    starts = np.maximum(begins[of_term], ends - NEWEST_OF_A_TERM)
    return _Postings(rows, np.array([weight for _, weight in flat]), starts, ends, holders)


def _parts(postings: _Postings) -> Iterator[_Postings]:
    """Yield some of the new insights at a time, each whole."""
    total = np.cumsum(postings.ends - postings.starts)
    first = 0
    while first < len(total):
        reach = total[first - 1] + _AT_ONCE if first else _AT_ONCE
        last = min(int(np.searchsorted(total, reach)), len(total) - 1)
        end = int(np.searchsorted(postings.rows, postings.rows[last], side="right"))
        rows, weights, starts, ends, holders = postings
        part = slice(first, end)
        yield _Postings(rows[part], weights[part], starts[part], ends[part], holders)
        first = end


def _best_of(postings: _Postings, everybody: Ids, most: int) -> tuple[Ids, Ids]:
    """Return rows, in order, and whom each is held against, the best of each first."""
    lengths = postings.ends - postings.starts
    places = places_of(postings.starts, lengths)
    names, holders = np.unique(everybody[places], return_inverse=True)
    keys = np.repeat(postings.rows, lengths) * len(names) + holders
    counts = np.where(lengths <= _HARDLY_ANYBODY, _LEAST_SHARED, 1)
    pairs, pair = np.unique(keys, return_inverse=True)
    enough = np.bincount(pair, weights=np.repeat(counts, lengths)) >= _LEAST_SHARED
    sums = np.bincount(pair, weights=np.repeat(postings.weights, lengths))[enough]
    rows, holders = np.divmod(pairs[enough], max(len(names), 1))
    order = np.lexsort((-holders, -sums, rows))
    rows, holders = rows[order], holders[order]
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))
    rank = np.arange(len(rows)) - np.repeat(firsts, np.diff(firsts, append=len(rows)))
    return rows[rank < most], names[holders[rank < most]]
