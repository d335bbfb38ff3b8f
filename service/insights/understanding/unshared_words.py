"""Compare the words two tellings do not share: do they still speak of the same things? Pure."""

from collections.abc import Iterator

import numpy as np

from service.insights.understanding.telling import Reader, Telling

_SAME_WORD = 0.8  # cosine of two words that are one in two spellings
_KIN = 0.6  # taken for the cosine of words that begin alike, or of which one ends with the other
_ALIKE, _HELD = 5, 4  # letters


def compare_unshared(one: Telling, other: Telling, reader: Reader) -> tuple[float, float, float]:
    """Return how near the unshared words come, are on the mean, and how much of all they are."""
    ours, theirs = _not_in(one, other), _not_in(other, one)
    near = _nearness_of_words(
        [one.words[place] for place in ours], [other.words[place] for place in theirs], reader
    )
    kept_ours = near.max(axis=1, initial=0.0) < _SAME_WORD
    kept_theirs = near.max(axis=0, initial=0.0) < _SAME_WORD
    near = near.compress(kept_ours, axis=0).compress(kept_theirs, axis=1)
    our_weights = one.weights[ours][kept_ours]
    their_weights = other.weights[theirs][kept_theirs]
    our_weight, their_weight = our_weights.sum(), their_weights.sum()
    unshared = min(our_weight / max(one.weight, 1.0), their_weight / max(other.weight, 1.0))
    if not near.size:
        nothing_left = not (our_weights.size or their_weights.size)
        return float(nothing_left), 0.0, float(unshared)
    found = (
        near.max(axis=1) @ our_weights / our_weight
        + near.max(axis=0) @ their_weights / their_weight
    )
    return float(found / 2), float(near.mean()), float(unshared)


def _not_in(one: Telling, other: Telling) -> list[int]:
    known = other.rarities
    return [place for place, name in enumerate(one.stems) if name not in known]


def _nearness_of_words(ours: list[str], theirs: list[str], reader: Reader) -> np.ndarray:
    if not ours or not theirs:
        return np.zeros((len(ours), len(theirs)))
    near = reader.word_vectors(ours) @ reader.word_vectors(theirs).T
    for row, column in _kin(ours, theirs):
        near[row, column] = max(near[row, column], _KIN)
    return near


def _kin(ours: list[str], theirs: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where two words begin alike, or one ends as the other is: `takes` and `retakes`."""
    by_beginning: dict[str, list[int]] = {}
    by_end: dict[str, list[int]] = {}
    for column, word in enumerate(theirs):
        by_beginning.setdefault(word[:_ALIKE], []).append(column)
        by_end.setdefault(word[-_HELD:], []).append(column)
    for row, word in enumerate(ours):
        if len(word) >= _ALIKE:
            for column in by_beginning.get(word[:_ALIKE], ()):
                yield row, column
        if len(word) >= _HELD:
            for column in by_end.get(word[-_HELD:], ()):
                if word.endswith(theirs[column]) or theirs[column].endswith(word):
                    yield row, column
