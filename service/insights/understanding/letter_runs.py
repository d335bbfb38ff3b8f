"""The runs of 3 to 5 letters of many words, as the numbers they go by. Pure.

The number of a run is its CRC, which can be carried on from a run to the next longer one: so those
of all words are reckoned side by side, a letter at a time.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from service.insights.understanding.background import number_of
from service.insights.understanding.stretches import Ids, places_of
from service.insights.understanding.words import LONGEST_GRAM, SHORTEST_GRAM, grams_of_word

Numbers = npt.NDArray[np.uint32]

_POLYNOMIAL = 0xEDB88320  # of zlib's CRC
_ALL_BITS = np.uint32(0xFFFFFFFF)
_BYTE, _BITS = np.uint32(0xFF), np.uint32(8)


def runs_of_words(words: Sequence[str]) -> tuple[Numbers, Ids]:
    """Return the numbers of the runs of each word, one word after the other, and how many each has.

    The edges of a word are marked by blanks.
    """
    plain = [word.isascii() for word in words]
    found, counts = _runs_in_ascii(
        [word for word, is_plain in zip(words, plain, strict=True) if is_plain]
    )
    if all(plain):
        return found, counts
    others = [
        np.array([number_of(run) for run in grams_of_word(word)], np.uint32)
        for word, is_plain in zip(words, plain, strict=True)
        if not is_plain
    ]
    parts = iter(np.split(found, np.cumsum(counts)[:-1]) if len(counts) else [])
    rest = iter(others)
    in_order = [next(parts) if is_plain else next(rest) for is_plain in plain]
    return np.concatenate(in_order), np.array([len(part) for part in in_order], np.int64)


def _runs_in_ascii(words: Sequence[str]) -> tuple[Numbers, Ids]:
    letters = np.frombuffer(f" {' '.join(words)} ".encode("ascii"), np.uint8)
    edged = np.array([len(word) + 2 for word in words], np.int64)
    begins = np.cumsum(edged - 1) - edged + 1  # a blank ends a word and begins the next
    by_length = {
        length: np.maximum(edged - length + 1, 0)
        for length in range(SHORTEST_GRAM, LONGEST_GRAM + 1)
    }
    counts: Ids = sum(by_length.values(), np.zeros(len(words), np.int64))
    found = np.empty(int(counts.sum()), np.uint32)
    places = np.cumsum(counts) - counts
    carried = np.full(len(letters), _ALL_BITS)
    for length in range(1, LONGEST_GRAM + 1):
        reach = len(letters) - length + 1
        carried = carried[: max(reach, 0)]
        carried = _TABLE[(carried ^ letters[length - 1 :]) & _BYTE] ^ (carried >> _BITS)
        if length in by_length:
            runs = carried ^ _ALL_BITS
            found[places_of(places, by_length[length])] = runs[places_of(begins, by_length[length])]
            places = places + by_length[length]
    return found, counts


def _table() -> Numbers:
    numbers = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        odd = (numbers & np.uint32(1)).astype(bool)
        numbers = np.where(
            odd, (numbers >> np.uint32(1)) ^ np.uint32(_POLYNOMIAL), numbers >> np.uint32(1)
        )
    return numbers


_TABLE = _table()
