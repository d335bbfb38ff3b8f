"""What one insight says, read once, so that it can be held against others. Pure."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from service.insights.understanding.background import number_of
from service.insights.understanding.content_words import content_words, rarity, stem
from service.insights.understanding.numbers import Kind, Number, numbers_of
from service.insights.understanding.text_model import LONGEST_READ, TextModel, Vectors
from service.insights.understanding.words import words_of

MOST_TERMS = 16  # kept of an insight in the index
_RARE = 4.5  # of `rarity`: what a text in thirty holds tells nothing
_ALL_RARE_ALIKE = 8.6  # beyond it the background does not know: the word's number decides
_TELLING_NUMBER = 1.2  # of `Number.weight`
_NAME = re.compile(r"(?<=[^.!?:\s]\s)[^\W\d_a-z][\w'\u2019-]+")
_MOST_WORDS = 120  # content words; an insight has thirty
_KNOWN_WORDS, _KNOWN_TERMS = 16_384, 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Telling:
    """One insight, ready to compare."""

    words: list[str]  # that carry content, each once
    stems: list[str]  # of those
    weights: np.ndarray  # their rarity
    rarities: dict[str, float]  # by stem
    length: float  # of those, as a vector
    every_word: frozenset[str]
    names: frozenset[str]  # words with a capital inside a sentence, folded
    numbers: frozenset[Number]
    figures: float  # weight of those
    vector: np.ndarray  # of length one, by the reader's model


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads tellings with one model, and remembers what it made of single words."""

    model: TextModel

    def read(self, texts: Sequence[str], vectors: Vectors | None = None) -> list[Telling]:
        """Return what each text says; `vectors` are those of the texts, when they are known."""
        if vectors is None:
            vectors = self.model.vectors(texts)
        return [_telling(text, vector) for text, vector in zip(texts, vectors, strict=True)]

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        """Return (N, size), a row for each word."""
        known = _word_vectors(self.model)
        unread = [word for word in dict.fromkeys(words) if word not in known]
        if unread:
            if len(known) > _KNOWN_WORDS:
                known.clear()
                unread = list(dict.fromkeys(words))
            known.update(zip(unread, self.model.vectors(unread), strict=True))
        return np.stack([known[word] for word in words])


def index_terms(text: str) -> list[tuple[int, float]]:
    """Return the numbers of the rarest stems and figures of `text`, each with its rarity.

    Two tellings of one finding share some of them. Which of many rare words are kept is decided by
    their numbers, so that both tellings, each by itself, keep the same of those they share.
    """
    found = dict(term for word in content_words(text) if (term := _term_of(word)) is not None)
    for number in numbers_of(text):
        if number.weight >= _TELLING_NUMBER:
            named = "clock" if number.kind is Kind.CLOCK else "figure"
            found[number_of(f"{named} {number.value:.0f}")] = _ALL_RARE_ALIKE
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:MOST_TERMS]


@lru_cache(maxsize=_KNOWN_TERMS)
def _term_of(word: str) -> tuple[int, float] | None:
    weight = min(rarity(word), _ALL_RARE_ALIKE)
    return (number_of(stem(word)), weight) if weight >= _RARE else None


def _telling(text: str, vector: np.ndarray) -> Telling:
    words = content_words(text)[:_MOST_WORDS]
    stems = [stem(word) for word in words]
    weights = [rarity(word) for word in words]
    numbers = frozenset(numbers_of(text))
    rarities = dict(zip(stems, weights, strict=True))
    return Telling(
        words=words,
        stems=stems,
        weights=np.array(weights),
        rarities=rarities,
        length=math.sqrt(sum(weight * weight for weight in rarities.values())),
        every_word=frozenset(words_of(text)),
        names=frozenset(
            word for name in _NAME.findall(text[:LONGEST_READ]) for word in words_of(name)
        ),
        numbers=numbers,
        figures=sum(number.weight for number in numbers),
        vector=vector,
    )


@cache
def _word_vectors(_model: TextModel) -> dict[str, np.ndarray]:
    """Return what a model made of words so far, for `Reader` to add to."""
    return {}
