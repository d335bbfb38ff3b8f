"""Figures about lists of picks, a reader at a time, and how sure one can be of their mean. Pure."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NOTHING = -1
RESAMPLES = 1_000
_SMOOTHING = 0.01  # of a calibration's two shares, so that none is nought


class Estimate(NamedTuple):
    """A mean over readers, and between what it lies 95 times in 100 were others asked."""

    mean: float
    low: float
    high: float


def ndcg(picks: Ints, relevant: Flags) -> Floats:
    """Return each reader's nDCG: (R, K) picks, best first, and (R, C) what they liked."""
    hits = _hits(picks, relevant)
    discount = 1 / np.log2(np.arange(2, picks.shape[1] + 2))
    best = np.cumsum(discount)
    possible = np.minimum(relevant.sum(axis=1), picks.shape[1])
    ideal = np.where(possible > 0, best[np.maximum(possible - 1, 0)], 1.0)
    found: Floats = (hits * discount).sum(axis=1) / ideal
    return found


def recall(picks: Ints, relevant: Flags) -> Floats:
    """Return which share of what each reader liked was picked, of what could be."""
    could = np.minimum(relevant.sum(axis=1), picks.shape[1])
    found: Floats = _hits(picks, relevant).sum(axis=1) / np.maximum(could, 1)
    return found


def hit(picks: Ints, relevant: Flags) -> Floats:
    """Return 1 for each reader who liked one of their picks at least."""
    found: Floats = (_hits(picks, relevant).sum(axis=1) > 0).astype(np.float64)
    return found


def coverage(picks: Ints, candidates: int) -> float:
    """Return which share of the candidates somebody was given."""
    return len(np.unique(picks[picks != NOTHING])) / candidates


def diversity(picks: Ints, vectors: npt.NDArray[np.float32]) -> Floats:
    """Return one less the mean cosine between a reader's picks."""
    count = picks.shape[1]
    held = vectors[picks]
    held[picks == NOTHING] = 0
    cosines = np.einsum("rid,rjd->rij", held, held, optimize=True)
    pairs = np.triu_indices(count, 1)
    there = (picks != NOTHING)[:, pairs[0]] & (picks != NOTHING)[:, pairs[1]]
    sums = (cosines[:, pairs[0], pairs[1]] * there).sum(axis=1)
    found: Floats = 1 - sums / np.maximum(there.sum(axis=1), 1)
    return found


def novelty(picks: Ints, popularity: Floats) -> Floats:
    """Return the mean surprise of picks, in bits: how few like each, of all that is liked."""
    share = (popularity + 1) / (popularity.sum() + len(popularity))
    bits = np.where(picks != NOTHING, -np.log2(share)[picks], 0.0)
    found: Floats = bits.sum(axis=1) / np.maximum((picks != NOTHING).sum(axis=1), 1)
    return found


def calibration(picks: Ints, topics: npt.NDArray[np.float32], taste: Floats) -> Floats:
    """Return how far the topics of the picks are from what each reader took to; 0 is not at all.

    Kullback-Leibler divergence of (R, T) `taste` from the picks' shares, smoothed; in bits.
    """
    about = topics.astype(np.float64)
    about /= np.maximum(about.sum(axis=1, keepdims=True), 1)
    given = np.where((picks != NOTHING)[:, :, np.newaxis], about[picks], 0).sum(axis=1)
    given = given / np.maximum(given.sum(axis=1, keepdims=True), 1e-12)
    wanted = taste / np.maximum(taste.sum(axis=1, keepdims=True), 1e-12)
    mixed = (1 - _SMOOTHING) * given + _SMOOTHING * wanted
    ratio = np.divide(wanted, mixed, out=np.ones_like(wanted), where=(wanted > 0) & (mixed > 0))
    found: Floats = (wanted * np.log2(ratio)).sum(axis=1)
    return found


def estimate(of_readers: Floats, *, seed: int = 7) -> Estimate:
    """Return the mean and its 95 % interval by drawing readers anew, a thousand times."""
    if not len(of_readers):
        return Estimate(float("nan"), float("nan"), float("nan"))
    chance = np.random.default_rng(seed)
    drawn = chance.integers(0, len(of_readers), size=(RESAMPLES, len(of_readers)))
    low, high = np.quantile(of_readers[drawn].mean(axis=1), [0.025, 0.975])
    return Estimate(float(of_readers.mean()), float(low), float(high))


def _hits(picks: Ints, relevant: Flags) -> Flags:
    found: Flags = np.take_along_axis(relevant, np.maximum(picks, 0), axis=1) & (picks != NOTHING)
    return found
