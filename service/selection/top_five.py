"""Pick greedily under caps: at most two of a podcast, one of an episode, one of a story. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PER_PODCAST = 2
PER_EPISODE = 1
SHORTLIST = 48
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


def _best_first(
    scores: npt.NDArray[np.float32], positions: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    order: npt.NDArray[np.int64] = positions[np.argsort(-scores[positions], kind="stable")]
    return order


def _greedy(positions: Iterable[np.int64], provenance: Provenance, *, picks: int) -> list[int]:
    chosen: list[int] = []
    stories: set[int] = set()
    podcasts: dict[int, int] = {}
    episodes: dict[int, int] = {}
    for candidate in positions:
        position = int(candidate)
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
