"""What one insight says, read once, so that it can be held against others. Pure."""

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from service.insights.understanding.background import number_of
from service.insights.understanding.content_words import (
    ALL_RARE_ALIKE,
    ContentWord,
    content_among,
)
from service.insights.understanding.numbers import Kind, Number, numbers_of
from service.insights.understanding.text_model import LONGEST_READ, TextModel, Vectors
from service.insights.understanding.words import words_of

MOST_TERMS = 16  # kept of an insight in the index
_TELLING_NUMBER = 1.2  # of `Number.weight`
_NAME = re.compile(r"(?<=[^.!?:\s]\s)[^\W\d_a-z][\w'\u2019-]+")
MOST_WORDS = 120  # content words; an insight has thirty
_KNOWN_WORDS = 16_384


@dataclass(frozen=True, eq=False)
class Telling:
    """One insight, ready to compare; what few comparisons ask for is read when one does."""

    text: str
    vector: np.ndarray  # of length one, by the reader's model
    read: Sequence[str]  # every word, in their order
    content: list[ContentWord]
    rarities: dict[str, float]  # by stem
    length: float  # of those, as a vector

    @cached_property
    def words(self) -> list[str]:
        """Those that carry content, each once."""
        return [found.word for found in self.content[:MOST_WORDS]]

    @cached_property
    def stems(self) -> list[str]:
        return [found.stem for found in self.content[:MOST_WORDS]]

    @cached_property
    def terms(self) -> list[tuple[int, float]]:
        """What it is found by, see `index_terms`."""
        return _terms(self.content, self.numbers)

    @cached_property
    def weights(self) -> np.ndarray:
        """The rarity of the words, to reckon with."""
        return np.array([found.rarity for found in self.content[:MOST_WORDS]])

    @cached_property
    def weight(self) -> float:
        """Of all the words."""
        return float(self.weights.sum())

    @cached_property
    def every_word(self) -> frozenset[str]:
        return frozenset(self.read)

    @cached_property
    def names(self) -> frozenset[str]:
        """Words with a capital inside a sentence, folded."""
        return frozenset(
            word for name in _NAME.findall(self.text[:LONGEST_READ]) for word in words_of(name)
        )

    @cached_property
    def numbers(self) -> frozenset[Number]:
        return frozenset(numbers_of(self.text))

    @cached_property
    def figures(self) -> float:
        """The weight of the numbers."""
        return sum(number.weight for number in self.numbers)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads tellings with one model, and remembers what it made of single words."""

    model: TextModel

    def read(self, texts: Sequence[str], vectors: Vectors | None = None) -> list[Telling]:
        """Return what each text says; `vectors` are those of the texts, when they are known."""
        if vectors is None:
            vectors = self.model.vectors(texts)
        return [_telling(text, vector) for text, vector in zip(texts, vectors, strict=True)]

    def learn(self, words: Collection[str]) -> None:
        """Read words that will be asked for, all at once."""
        known = _word_vectors(self.model)
        unread = [word for word in words if word not in known]
        if len(known) + len(unread) > _KNOWN_WORDS:
            known.clear()
            unread = list(words)
        if unread:
            known.update(zip(unread, self.model.vectors(unread), strict=True))

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        """Return (N, size), a row for each word."""
        known = _word_vectors(self.model)
        try:
            found = [known[word] for word in words]
        except KeyError:
            self.learn(set(words))
            found = [known[word] for word in words]
        return np.concatenate(found).reshape(len(words), -1)


def index_terms(text: str) -> list[tuple[int, float]]:
    """Return the numbers of the rarest stems and figures of `text`, each with its rarity.

    Two tellings of one finding share some of them. Which of many rare words are kept is decided by
    their numbers, so that both tellings, each by itself, keep the same of those they share.
    """
    return _terms(content_among(words_of(text)), numbers_of(text))


def _terms(content: Iterable[ContentWord], numbers: Iterable[Number]) -> list[tuple[int, float]]:
    found = {word.number: word.rank for word in content if word.rank is not None}
    for number in numbers:
        if number.weight >= _TELLING_NUMBER:
            named = "clock" if number.kind is Kind.CLOCK else "figure"
            name = number_of(f"{named} {number.value:.0f}")
            found[name] = (-ALL_RARE_ALIKE, name)
    return [(term, -weight) for weight, term in sorted(found.values())[:MOST_TERMS]]


def _telling(text: str, vector: np.ndarray) -> Telling:
    read = words_of(text)
    content = content_among(read)
    rarities = {found.stem: found.rarity for found in content[:MOST_WORDS]}
    length = math.sqrt(sum([rarity * rarity for rarity in rarities.values()]))
    return Telling(text, vector, read, content, rarities, length)


@cache
def _word_vectors(_model: TextModel) -> dict[str, np.ndarray]:
    """Return what a model made of words so far, for `Reader` to add to."""
    return {}
