"""How near texts are to one another: what they mean, how they are spelt, which words they share.

    nearness = 0.45 meaning + 0.35 letters + 0.20 words

`meaning` is the cosine of their vectors, `letters` that of their runs of 3 to 5 letters, `words`
the BM25 of one in the other as a share of what a text gets in itself. Each sees what the others
miss, and the sum finds more of one story than any of them, and than a fusion of their ranks
(docs/related.md has the figures). One core ranks related insights and search. Pure.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from service.insights.understanding.background import background, number_of
from service.insights.understanding.text_model import Vectors
from service.insights.understanding.text_weights import letters_of
from service.insights.understanding.words import words_of

MEANING, LETTERS, WORDS = 0.45, 0.35, 0.20
_READ_CLOSELY = 60  # how many of the nearest by meaning and words are spelt out, which costs most
_SATURATION, _LENGTH_COUNTS = 1.2, 0.5  # BM25's k1 and b
_USUAL_LENGTH = 60  # words of an insight
_TELLS = 0.6  # of the weight of the rarest word
_ASKED_ANYWAY = 3  # words

Scores = npt.NDArray[np.float32]


def nearness_of(text: str, vector: Vectors, others: Sequence[str], vectors: Vectors) -> Scores:
    """Return how near each of `others` is to `text`, 0 to 1; `vectors` are theirs, row by row.

    Texts far away by meaning and words are not read letter by letter: their score is a lower bound,
    and stays below that of every text that was.
    """
    scores: Scores = MEANING * np.clip(vectors @ vector, 0, 1) + WORDS * shared_words(text, others)
    closest = np.argsort(-scores, kind="stable")[:_READ_CLOSELY]
    read = letters_of([words_of(told) for told in (text, *(others[place] for place in closest))])
    scores[closest] += LETTERS * read.nearness(0, range(1, len(read)))
    return scores


def rarest_words(text: str, *, most: int) -> list[str]:
    """Return the words that tell most about a text, rarest first, each once.

    A word far more common than the rarest tells next to nothing and is found everywhere, so it is
    left out, but for the first few of a text that has no other.
    """
    words = list(dict.fromkeys(words_of(text)))
    if not words:
        return []
    weights = _rarity(words)
    order = np.argsort(-weights, kind="stable")[:most]
    tell = weights[order] >= _TELLS * weights[order[0]]
    tell[:_ASKED_ANYWAY] = True
    return [words[place] for place in order[tell]]


def shared_words(text: str, others: Sequence[str]) -> Scores:
    """Return the BM25 of the words of `text` in each of `others`, 1 being what it gets itself."""
    wanted = list(dict.fromkeys(words_of(text)))
    weights = dict(zip(wanted, _rarity(wanted).tolist(), strict=True))
    own = _bm25(weights, text)
    if not own:
        return np.zeros(len(others), dtype=np.float32)
    found = np.array([_bm25(weights, other) for other in others], dtype=np.float32)
    shares: Scores = np.minimum(found / np.float32(own), np.float32(1))
    return shares


def _bm25(weights: dict[str, float], text: str) -> float:
    words = words_of(text)
    damping = _SATURATION * (1 - _LENGTH_COUNTS + _LENGTH_COUNTS * len(words) / _USUAL_LENGTH)
    return sum(
        weights[word] * count * (_SATURATION + 1) / (count + damping)
        for word, count in Counter(word for word in words if word in weights).items()
    )


def _rarity(words: Sequence[str]) -> Scores:
    return background().words.of(np.array([number_of(word) for word in words], dtype=np.uint32))
