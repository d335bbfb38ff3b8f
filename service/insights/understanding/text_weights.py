"""A text as weighted words and runs of letters (TF-IDF), and how near two readings are. Pure."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.insights.understanding.background import Rarity, background, number_of
from service.insights.understanding.content_words import stem
from service.insights.understanding.words import grams_of_word, words_of

_KNOWN_WORDS = 65_536


class Weighted(NamedTuple):
    """Names as numbers, in order and each once, with weights whose squares add up to one."""

    names: npt.NDArray[np.uint32]
    weights: npt.NDArray[np.float32]


def letter_weights(text: str) -> Weighted:
    """Return the runs of 3 to 5 letters within the words of `text`."""
    return _weighted(words_of(text), _gram_numbers, background().grams)


def word_weights(text: str) -> Weighted:
    """Return the words of `text`."""
    return _weighted(words_of(text), _word_number, background().words)


def stem_weights(text: str) -> Weighted:
    """Return the words of `text` without their endings, one by one and in pairs."""
    stems = [stem(word) for word in words_of(text)]
    pairs = [f"{one} {other}" for one, other in itertools.pairwise(stems)]
    return _weighted([*stems, *pairs], _word_number, background().words)


def nearness(one: Weighted, other: Weighted) -> float:
    """Return the cosine of two readings of one kind."""
    _, ours, theirs = np.intersect1d(
        one.names, other.names, assume_unique=True, return_indices=True
    )
    return float(one.weights[ours] @ other.weights[theirs])


def nearness_to_all(one: Weighted, others: Sequence[Weighted]) -> npt.NDArray[np.float32]:
    """Return the cosine of `one` with each of `others`."""
    found = np.zeros(len(others), dtype=np.float32)
    if not len(one.names) or not others:
        return found
    names = np.concatenate([other.names for other in others])
    weights = np.concatenate([other.weights for other in others])
    rows = np.repeat(np.arange(len(others)), [len(other.names) for other in others])
    places = np.minimum(np.searchsorted(one.names, names), len(one.names) - 1)
    shared = one.names[places] == names
    np.add.at(found, rows[shared], weights[shared] * one.weights[places[shared]])
    return found


def _weighted(
    words: Iterable[str], numbers_of: Callable[[str], npt.NDArray[np.uint32]], rarity: Rarity
) -> Weighted:
    parts = [numbers_of(word) for word in words]
    if not parts:
        return Weighted(np.zeros(0, np.uint32), np.zeros(0, np.float32))
    names, counts = np.unique(np.concatenate(parts), return_counts=True)
    weights = (1 + np.log(counts)) * rarity.of(names)
    weights /= np.sqrt(weights @ weights)
    return Weighted(names, weights.astype(np.float32))


@lru_cache(maxsize=_KNOWN_WORDS)
def _gram_numbers(word: str) -> npt.NDArray[np.uint32]:
    return np.array([number_of(gram) for gram in grams_of_word(word)], dtype=np.uint32)


@lru_cache(maxsize=_KNOWN_WORDS)
def _word_number(word: str) -> npt.NDArray[np.uint32]:
    return np.array([number_of(word)], dtype=np.uint32)
