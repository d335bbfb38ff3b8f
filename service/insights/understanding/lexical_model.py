"""The fallback that needs no model: runs of letters, hashed into a vector. Any language will do."""

from collections.abc import Sequence

import numpy as np

from service.insights.understanding import background
from service.insights.understanding.text_model import Vectors, unit_rows
from service.insights.understanding.text_weights import letter_weights

_SIZE = 512
_MIXED = np.uint32(2654435761)  # Knuth's multiplier: spreads the sums of CRC over all bits
_SIGN_BIT = np.uint32(31)
_PLACE_BITS = np.uint32(22)  # 32 - 1 (sign) - 9 (512 places)


class LexicalModel:
    """Tells texts that share words and parts of words from others."""

    name = "lexical-512"
    version = background.VERSION
    size = _SIZE

    def vectors(self, texts: Sequence[str]) -> Vectors:
        found = np.zeros((len(texts), _SIZE), dtype=np.float32)
        for row, text in enumerate(texts):
            names, weights = letter_weights(text)
            mixed = names * _MIXED
            signs = np.where(mixed >> _SIGN_BIT, np.float32(-1), np.float32(1))
            places = (mixed >> _PLACE_BITS) & np.uint32(_SIZE - 1)
            found[row] = np.bincount(places, weights=weights * signs, minlength=_SIZE)
        return unit_rows(found)
