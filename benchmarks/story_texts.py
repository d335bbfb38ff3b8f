"""Make texts by lot that behave as those of real insights do: what is common, and what is rare."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from service.insights.understanding.content_words import rarity
from service.insights.understanding.telling import MOST_TERMS, index_terms
from service.insights.understanding.text_model import TextModel, Vectors, unit_rows

Drawn = npt.NDArray[np.int64]  # a row of word numbers for each text

EVERYDAY = Path(__file__).parent / "common_words.txt"
INVENTED, SHARED_BY_ALL = 200_000, 30_000
OF_A_SUBJECT = 8  # insights
_WORDS_OF_A_SUBJECT, _TELLING = 10, 6  # of which each insight has so many
_COMMON, _SHARED = 30, 8  # words of a text
_WITH_A_FIGURE = 0.5  # of all texts
_SPREAD = 40  # subjects spoken of at one time
_LEFT_OUT = 5  # every fifth word of a retelling
_FIGURES = [*(f"{share}%" for share in range(2, 99)), *map(str, range(13, 400))]
_FAR = 2_654_435_761  # a prime: from number to number in great steps
_SIGN, _BITS = 1 << 31, 32
_STEPS = 1_000  # rarity is told apart this finely


class Writer:
    """Makes texts, the same ones each time."""

    def __init__(self, model: TextModel) -> None:
        self.model = model
        self._chance = np.random.default_rng(2026)
        everyday = list(dict.fromkeys(EVERYDAY.read_text("utf-8").split()))
        invented = (_invented(number, everyday) for number in range(INVENTED))
        words = [*everyday, *invented, *_FIGURES]
        self._first_invented = len(everyday)
        self._first_figure = self._first_invented + INVENTED
        self._words = np.array(words, dtype=object)
        self._everyday_shares = _zipf(len(everyday))
        self._shared_shares = _zipf(SHARED_BY_ALL)
        rare = np.array([rarity(word) for word in words], dtype=np.float32)
        self._vectors = (model.vectors(words) * rare[:, None]).astype(np.float16)
        ranks: dict[int, int] = {}  # two words of one stem may differ in rarity: the first decides
        self._ranked = np.array([_ranked(word, ranks) for word in words], dtype=np.int64)
        self._drawn = 0

    def draw(self, count: int) -> Drawn:
        """Draw texts that follow on those drawn before."""
        chance = self._chance
        moments = (self._drawn + np.arange(count)) // OF_A_SUBJECT
        self._drawn += count
        subjects = moments + chance.integers(_SPREAD, size=count)
        picks = chance.permuted(np.tile(np.arange(_WORDS_OF_A_SUBJECT), (count, 1)), axis=1)
        numbers = _scattered(subjects[:, None] * _WORDS_OF_A_SUBJECT + picks[:, :_TELLING])
        everyday = self._everyday_shares
        common = chance.choice(len(everyday), (count, _COMMON), p=everyday)
        shared = chance.choice(SHARED_BY_ALL, (count, _SHARED), p=self._shared_shares)
        figures = chance.integers(self._first_figure, len(self._words), (count, 1))
        figures = np.where(chance.random((count, 1)) < _WITH_A_FIGURE, figures, common[:, :1])
        invented = self._first_invented + np.hstack([shared, numbers % INVENTED])
        drawn = np.hstack([common, invented, figures])
        return drawn[:, chance.permutation(drawn.shape[1])]

    def told_again(self, drawn: Drawn) -> list[str]:
        """Return texts with a fifth of the words left out, the figure never, in another order."""
        figures = (drawn >= self._first_figure).any(axis=0)
        kept = np.flatnonzero(figures | (np.arange(drawn.shape[1]) % _LEFT_OUT > 0))
        return self.texts(drawn[:, self._chance.permutation(kept)])

    def texts(self, drawn: Drawn) -> list[str]:
        return [" ".join(row) for row in self._words[drawn].tolist()]

    def vectors(self, drawn: Drawn) -> Vectors:
        """Return about what the model makes of the texts: it, too, leans to what is rare."""
        total = np.zeros((len(drawn), self._vectors.shape[1]), dtype=np.float32)
        for column in drawn.T:
            total += self._vectors[column]
        return unit_rows(total)

    def terms(self, drawn: Drawn) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return what `index_terms` says of the texts: terms as stored, and of which text."""
        ranked = np.sort(self._ranked[drawn], axis=1)
        none = np.iinfo(np.int64).max
        ranked[:, 1:][ranked[:, 1:] == ranked[:, :-1]] = none
        kept = np.sort(ranked, axis=1)[:, :MOST_TERMS]
        places, _ = np.nonzero(kept < none)
        terms = kept[kept < none] & ((1 << _BITS) - 1)
        return np.where(terms >= _SIGN, terms - (1 << _BITS), terms), places


def _zipf(count: int) -> npt.NDArray[np.float64]:
    shares = 1 / np.arange(20, count + 20)
    whole: npt.NDArray[np.float64] = shares / shares.sum()
    return whole


def _scattered(numbers: Drawn) -> Drawn:
    """Return what looks drawn by lot, the same for the same number."""
    mixed = numbers * _FAR
    mixed ^= mixed >> 15
    mixed *= _FAR
    return (mixed ^ (mixed >> 13)) & np.iinfo(np.int64).max


def _invented(number: int, everyday: list[str]) -> str:
    """Return a word made of two; the next number's has neither in common with it."""
    first, second = divmod(number * _FAR % len(everyday) ** 2, len(everyday))
    return everyday[first] + everyday[second]


def _ranked(word: str, ranks: dict[int, int]) -> int:
    """Return the term of a word behind its rarity, so that the rarest sort first."""
    terms = index_terms(word)
    if not terms:
        return int(np.iinfo(np.int64).max)
    ((term, weight), *_) = terms
    return ranks.setdefault(term, (round((100 - weight) * _STEPS) << _BITS) + term)
