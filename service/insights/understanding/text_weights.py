"""Texts as weighted words and runs of letters (TF-IDF), and how near two readings are. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from service.insights.understanding.background import Rarity, background, number_of
from service.insights.understanding.content_words import stem
from service.insights.understanding.letter_runs import Numbers, runs_of_words
from service.insights.understanding.stretches import Ids, places_of
from service.insights.understanding.words import words_of

_KNOWN_WORDS = 65_536
_AT_ONCE = 256  # texts

Weights = npt.NDArray[np.float32]
Names = Ids  # places in a list of numbers
_NO_NAMES: Names = np.zeros(0, np.int64)


class Weighted(NamedTuple):
    """Names as numbers, in order and each once, with weights whose squares add up to one."""

    names: Numbers
    weights: Weights


@dataclass(frozen=True, slots=True)
class Readings:
    """What one way of reading made of many texts."""

    numbers: Numbers  # all names, in order
    names: Names  # of each text in turn, as places among the numbers
    weights: Weights  # of those
    borders: list[int]  # where each text begins, and the last one ends

    def __len__(self) -> int:
        return len(self.borders) - 1

    def __getitem__(self, row: int) -> Weighted:
        part = slice(self.borders[row], self.borders[row + 1])
        return Weighted(self.numbers[self.names[part]], self.weights[part])

    def nearness(self, one: int, others: Sequence[int]) -> Weights:
        """Return the cosine of a text with each of some others."""
        return next(self.nearness_of([(one, others)]))

    def nearness_of(self, held: Sequence[tuple[int, Sequence[int]]]) -> Iterator[Weights]:
        """Yield the cosines of each text with those it is held against."""
        spread = np.zeros(len(self.numbers), np.float32)
        for one, others in held:
            ours = slice(self.borders[one], self.borders[one + 1])
            names = self.names[ours]
            spread[names] = self.weights[ours]
            found = np.zeros(len(others), np.float32)
            for place, other in enumerate(others):
                theirs = slice(self.borders[other], self.borders[other + 1])
                found[place] = spread[self.names[theirs]] @ self.weights[theirs]
            spread[names] = 0
            yield found


def letter_weights(text: str) -> Weighted:
    """Return the runs of 3 to 5 letters within the words of `text`."""
    return letters_of([words_of(text)])[0]


def word_weights(text: str) -> Weighted:
    """Return the words of `text`."""
    return _readings([[number_of(word) for word in words_of(text)]], background().words)[0]


def letters_of(texts: Sequence[Sequence[str]]) -> Readings:
    """Return the runs of 3 to 5 letters within the words of each text."""
    row_of: defaultdict[str, int] = defaultdict()
    row_of.default_factory = row_of.__len__
    words = [np.array([row_of[word] for word in text], np.int64) for text in texts]
    runs, counts = runs_of_words(list(row_of))
    numbers, places = np.unique(runs, return_inverse=True)
    begins = np.cumsum(counts) - counts

    def blocks() -> Iterator[tuple[Names, list[int]]]:
        for start in range(0, len(words), _AT_ONCE):
            page = words[start : start + _AT_ONCE]
            rows = np.concatenate(page)
            lengths = [int(counts[part].sum()) for part in page]
            yield places[places_of(begins[rows], counts[rows])], lengths

    return _weighted(numbers, blocks(), background().grams)


def stems_of(texts: Sequence[Sequence[str]]) -> Readings:
    """Return the words of each text without their endings, one by one and in pairs."""
    return _readings([_stems_and_pairs(words) for words in texts], background().words)


def nearness(one: Weighted, other: Weighted) -> float:
    """Return the cosine of two readings of one kind."""
    _, ours, theirs = np.intersect1d(
        one.names, other.names, assume_unique=True, return_indices=True
    )
    return float(one.weights[ours] @ other.weights[theirs])


def _readings(texts: Sequence[Sequence[int]], rarity: Rarity) -> Readings:
    """Weigh texts whose names are known as numbers."""
    flat = np.array([number for text in texts for number in text], np.uint32)
    numbers, places = np.unique(flat, return_inverse=True)
    lengths = [len(text) for text in texts]
    return _weighted(numbers, [(places, lengths)], rarity)


def _weighted(
    numbers: Numbers, blocks: Iterable[tuple[Names, list[int]]], rarity: Rarity
) -> Readings:
    """Weigh texts, some at once: a few long passes cost less than many short ones.

    A block is the names in some texts as places among `numbers`, and how many each text has.
    """
    bits = np.uint64(len(numbers).bit_length())
    mask = (np.uint64(1) << bits) - np.uint64(1)
    rarities = rarity.of(numbers) if len(numbers) else np.zeros(0, np.float32)
    found, weighed, sizes = [_NO_NAMES], [np.zeros(0, np.float32)], [np.zeros(1, np.int64)]
    for occurring, lengths in blocks:
        rows = np.repeat(np.arange(len(lengths), dtype=np.uint64), lengths)
        keys, counts = np.unique(rows << bits | occurring.astype(np.uint64), return_counts=True)
        names, rows = (keys & mask).astype(np.int64), (keys >> bits).astype(np.int64)
        weights = (1 + np.log(counts)) * rarities[names]
        squares = np.bincount(rows, weights=weights * weights, minlength=len(lengths))
        found.append(names)
        weighed.append((weights / np.sqrt(squares)[rows]).astype(np.float32))
        sizes.append(np.bincount(rows, minlength=len(lengths)))
    borders = np.cumsum(np.concatenate(sizes)).tolist()
    return Readings(numbers, np.concatenate(found), np.concatenate(weighed), borders)


def _stems_and_pairs(words: Sequence[str]) -> list[int]:
    """Return the numbers of the stems, and of each stem, a blank and the next one."""
    stems = [_stem_as_number(word) for word in words]
    pairs = [crc32(tail, number) for (number, _), (_, tail) in pairwise(stems)]
    return [*(number for number, _ in stems), *pairs]


@lru_cache(maxsize=_KNOWN_WORDS)
def _stem_as_number(word: str) -> tuple[int, bytes]:
    found = stem(word)
    return number_of(found), f" {found}".encode()
