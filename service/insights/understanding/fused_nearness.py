"""How near insights are in matter, for threads: meaning, letters and words in one number. Pure.

    ((1.5 meaning + letters + 0.5 words) / 3) squared

Each is a cosine. The square lets a few strong resemblances count for more than many faint ones
when the nearness to a thread is the mean of those to its insights.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.insights.understanding.text_model import Vectors
from service.insights.understanding.text_weights import (
    Weighted,
    letter_weights_of,
    nearness_to_all,
    stem_weights_of,
)

_MEANING, _LETTERS, _WORDS = 1.5, 1.0, 0.5
_ALL = _MEANING + _LETTERS + _WORDS


@dataclass(frozen=True, slots=True)
class Matter:
    """One text, read for this comparison."""

    vector: Vectors  # (size,) of length one
    letters: Weighted
    words: Weighted


def matter_of(text: str, vector: Vectors) -> Matter:
    """Read a text whose vector is known."""
    return matters_of([text], vector[None])[0]


def matters_of(texts: Sequence[str], vectors: Vectors) -> list[Matter]:
    """Read texts whose vectors are known, a row for each."""
    return list(map(Matter, vectors, letter_weights_of(texts), stem_weights_of(texts)))


def nearness_in_matter(one: Matter, others: Sequence[Matter]) -> npt.NDArray[np.float64]:
    """Return how near `one` is to each of `others`, 0 to 1."""
    meaning = np.stack([other.vector for other in others]) @ one.vector
    letters = nearness_to_all(one.letters, [other.letters for other in others])
    words = nearness_to_all(one.words, [other.words for other in others])
    fused = (_MEANING * meaning + _LETTERS * letters + _WORDS * words) / _ALL
    squares: npt.NDArray[np.float64] = np.maximum(fused, 0.0).astype(np.float64) ** 2
    return squares
