"""The score of every insight for every reader of a page, as matrices. Pure.

    score = affinity + 0.5 quality + 0.6 recency

`affinity` is the reader's topic weights over the insight's topics, standardised over the
candidates, so that somebody who follows fifteen topics and somebody who follows one are compared
on one scale. Shape and weights: docs/choosing.md.
"""

import datetime as dt

import numpy as np
import numpy.typing as npt

QUALITY_WEIGHT = 0.5
RECENCY_WEIGHT = 0.6
RECENCY_HALF_LIFE_HOURS = 36.0
WINDOWS = (dt.timedelta(hours=72), dt.timedelta(days=7), dt.timedelta(days=30))
"""How far back we look; the next only for readers the one before leaves short."""

Scores = npt.NDArray[np.float32]  # (P readers, C candidates)


def affinity(weights: Scores, topics: npt.NDArray[np.float32]) -> Scores:
    """Return how much each reader wants each insight: (P, T) and (C, T) give (P, C).

    An insight on several topics counts their mean by the root of their number, so that naming
    many topics is no way to the top.
    """
    scores: Scores = weights @ topics.T
    scores /= np.sqrt(np.maximum(topics.sum(axis=1), 1.0))
    scores -= scores.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.vecdot(scores, scores)[:, np.newaxis] / scores.shape[1])
    np.divide(scores, spread, out=scores, where=spread > 0)
    return scores


def standing(
    quality: npt.NDArray[np.float32], age_hours: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return the part of the score that is the same for every reader: (C,)."""
    recency = recency_of(age_hours)
    total: npt.NDArray[np.float32] = QUALITY_WEIGHT * quality + RECENCY_WEIGHT * recency
    return total


def recency_of(age_hours: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return 1 for now, halved every 36 hours."""
    recency: npt.NDArray[np.float32] = np.exp2(
        -age_hours / np.float32(RECENCY_HALF_LIFE_HOURS)
    ).astype(np.float32)
    return recency
