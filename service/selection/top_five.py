"""Pick greedily under caps: at most two of a podcast, one of an episode, one of a story. Pure."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PER_PODCAST = 2
PER_EPISODE = 1
SHORTLIST = 48
SHORTLIST_OF_A_PAGE = 32  # fills almost everybody's brief; whom it does not is tried alone
_LARGEST_GROUP = 16
NEVER = np.float32(-np.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Whom the caps count: parallel lists over the candidates; None is counted by no cap."""

    stories: Sequence[int]
    podcasts: Sequence[int | None]
    episodes: Sequence[int | None]


def top_picks(
    scores: npt.NDArray[np.float32],  # (C,) NEVER where the reader must not get it
    provenance: Provenance,
    *,
    picks: int,
) -> list[int]:
    """Return up to `picks` positions, best first; equal scores by position, so newest first.

    The shortlist is tried first; only when the caps use it up is everything sorted.
    """
    possible = int(np.count_nonzero(scores > NEVER))
    if possible > SHORTLIST:
        short = np.argpartition(scores, -SHORTLIST)[-SHORTLIST:]
        # all that tie with the last of the shortlist belong to it, or the order would be chance
        short = np.flatnonzero(scores >= scores[short].min())
        chosen = _greedy(_best_first(scores, short), provenance, picks=picks)
        if len(chosen) == picks:
            return chosen
    everything = np.flatnonzero(scores > NEVER)
    return _greedy(_best_first(scores, everything), provenance, picks=picks)


def quick_picks(
    scores: npt.NDArray[np.float32],  # (P, C)
    provenance: Provenance,
    *,
    picks: int,
) -> list[list[int]]:
    """Return what `top_picks` would for each row, or fewer: then the row's shortlist ran out.

    Candidates are compared in groups. The best of the last of the best groups is a score that as
    many candidates reach as there are such groups: they, and all that tie, are the shortlist.
    """
    people, candidates = scores.shape
    if candidates < SHORTLIST_OF_A_PAGE:
        return [[] for _ in range(people)]
    size = min(_LARGEST_GROUP, max(1, candidates // (4 * SHORTLIST_OF_A_PAGE)))
    whole = candidates - candidates % size
    best = scores[:, :whole].reshape(people, -1, size).max(axis=2)
    least = np.partition(best, -SHORTLIST_OF_A_PAGE, axis=1)[:, -SHORTLIST_OF_A_PAGE]
    least[least == NEVER] = np.inf  # too few that the reader may get: nobody is short-listed
    rows, positions = np.nonzero(scores >= least[:, np.newaxis])
    in_order = positions[np.lexsort((-scores[rows, positions], rows))].tolist()  # stable
    ends = np.searchsorted(rows, np.arange(people + 1)).tolist()
    return [
        _greedy(in_order[start:end], provenance, picks=picks)
        for start, end in itertools.pairwise(ends)
    ]


def _best_first(scores: npt.NDArray[np.float32], positions: npt.NDArray[np.int64]) -> list[int]:
    order: list[int] = positions[np.argsort(-scores[positions], kind="stable")].tolist()
    return order


def _greedy(positions: Iterable[int], provenance: Provenance, *, picks: int) -> list[int]:
    chosen: list[int] = []
    stories: set[int] = set()
    podcasts: dict[int, int] = {}
    episodes: dict[int, int] = {}
    for position in positions:
        podcast, episode = provenance.podcasts[position], provenance.episodes[position]
        if provenance.stories[position] in stories:
            continue
        if podcast is not None and podcasts.get(podcast, 0) >= PER_PODCAST:
            continue
        if episode is not None and episodes.get(episode, 0) >= PER_EPISODE:
            continue
        chosen.append(position)
        if len(chosen) == picks:
            break
        stories.add(provenance.stories[position])
        if podcast is not None:
            podcasts[podcast] = podcasts.get(podcast, 0) + 1
        if episode is not None:
            episodes[episode] = episodes.get(episode, 0) + 1
    return chosen
