"""How near insights are in matter, for threads: meaning, letters and words in one number. Pure.

    ((1.5 meaning + letters + 0.5 words) / 3) squared

Each is a cosine. The square lets a few strong resemblances count for more than many faint ones
when the nearness to a thread is the mean of those to its insights.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from service.insights.understanding.text_model import Vectors
from service.insights.understanding.text_weights import letters_of, stems_of

_MEANING, _LETTERS, _WORDS = 1.5, 1.0, 0.5
_ALL = _MEANING + _LETTERS + _WORDS

Floats = npt.NDArray[np.float64]


class Matters:
    """What some texts are about, ready to compare."""

    def __init__(self, texts: Sequence[Sequence[str]], vectors: Vectors) -> None:
        """Read texts, given as their words, whose vectors are known, a row for each."""
        self._vectors = vectors
        self._letters = letters_of(texts)
        self._stems = stems_of(texts)

    def nearness(self, one: int, others: Sequence[int]) -> Floats:
        """Return how near a text is to each of some others, 0 to 1; all are named by their row."""
        return next(self.nearness_of([(one, others)]))

    def nearness_of(self, held: Sequence[tuple[int, Sequence[int]]]) -> Iterator[Floats]:
        """Yield how near each text is to those it is held against."""
        by_letters, by_words = self._letters.nearness_of(held), self._stems.nearness_of(held)
        for (one, others), letters, words in zip(held, by_letters, by_words, strict=True):
            meaning = self._vectors[list(others)] @ self._vectors[one]
            fused = (_MEANING * meaning + _LETTERS * letters + _WORDS * words) / _ALL
            squares: Floats = np.maximum(fused, 0.0).astype(np.float64) ** 2
            yield squares
