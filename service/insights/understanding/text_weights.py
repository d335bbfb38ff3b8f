"""A text as weighted words and runs of letters (TF-IDF), and how near two readings are. Pure."""

import itertools
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.insights.understanding.background import Rarity, background, number_of
from service.insights.understanding.content_words import stem
from service.insights.understanding.words import grams_of_word, words_of

_KNOWN_WORDS = 65_536
_AT_ONCE = 256  # texts
_ROW_BITS = np.uint64(32)

Numbers = npt.NDArray[np.uint32]
_NOTHING: Numbers = np.zeros(0, np.uint32)


class Weighted(NamedTuple):
    """Names as numbers, in order and each once, with weights whose squares add up to one."""

    names: npt.NDArray[np.uint32]
    weights: npt.NDArray[np.float32]


def letter_weights(text: str) -> Weighted:
    """Return the runs of 3 to 5 letters within the words of `text`."""
    return letter_weights_of([text])[0]


def letter_weights_of(texts: Sequence[str]) -> list[Weighted]:
    """Return the runs of 3 to 5 letters within the words of each text."""
    return _weighted(texts, _grams, background().grams)


def word_weights(text: str) -> Weighted:
    """Return the words of `text`."""
    return _weighted([text], _words, background().words)[0]


def stem_weights(text: str) -> Weighted:
    """Return the words of `text` without their endings, one by one and in pairs."""
    return stem_weights_of([text])[0]


def stem_weights_of(texts: Sequence[str]) -> list[Weighted]:
    """Return the words of each text without their endings, one by one and in pairs."""
    return _weighted(texts, _stems_and_pairs, background().words)


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
    products = weights[shared] * one.weights[places[shared]]
    return np.bincount(rows[shared], weights=products, minlength=len(others)).astype(np.float32)


def _weighted(
    texts: Sequence[str], names_in: Callable[[str], Numbers], rarity: Rarity
) -> list[Weighted]:
    """Weigh many texts: a few long passes cost less than many short ones."""
    found: list[Weighted] = []
    for start in range(0, len(texts), _AT_ONCE):
        parts = [names_in(text) for text in texts[start : start + _AT_ONCE]]
        found += _weighted_at_once(parts, rarity)
    return found


def _weighted_at_once(parts: Sequence[Numbers], rarity: Rarity) -> list[Weighted]:
    rows = np.repeat(np.arange(len(parts), dtype=np.uint64), [len(part) for part in parts])
    keys, counts = np.unique(rows << _ROW_BITS | np.concatenate(parts), return_counts=True)
    names = keys.astype(np.uint32)
    rows = (keys >> _ROW_BITS).astype(np.int64)
    weights = (1 + np.log(counts)) * rarity.of(names)
    squares = np.bincount(rows, weights=weights * weights, minlength=len(parts))
    weights = (weights / np.sqrt(squares)[rows]).astype(np.float32)
    ends = np.searchsorted(rows, np.arange(1, len(parts)))
    return list(map(Weighted, np.split(names, ends), np.split(weights, ends)))


def _grams(text: str) -> Numbers:
    return np.concatenate([_NOTHING, *map(_grams_of_word, words_of(text))])


@lru_cache(maxsize=_KNOWN_WORDS)
def _grams_of_word(word: str) -> Numbers:
    return _numbers(grams_of_word(word))


def _words(text: str) -> Numbers:
    return _numbers(words_of(text))


def _stems_and_pairs(text: str) -> Numbers:
    stems = [stem(word) for word in words_of(text)]
    return _numbers([*stems, *(f"{one} {other}" for one, other in itertools.pairwise(stems))])


def _numbers(names: Sequence[str]) -> Numbers:
    return np.array([number_of(name) for name in names], dtype=np.uint32)
