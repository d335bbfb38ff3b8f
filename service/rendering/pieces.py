"""Ready bytes with gaps for what is personal: filled by copying a list, never by encoding."""

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from service.rendering.quoted_printable import encode_piece
from service.rendering.slots import (
    CLOSING,
    MANAGE,
    NUMBER,
    PREHEADER,
    SUMMARY,
    TOKEN,
    UNSUBSCRIBE,
    WHY,
)

# The order of the values a gap takes its own from.
MARKS = (TOKEN, UNSUBSCRIBE, MANAGE, SUMMARY, PREHEADER, CLOSING, NUMBER, WHY)
_CUT = re.compile(f"([{''.join(MARKS)}])")


class Pieces:
    """A filled template, encoded between its marks."""

    __slots__ = ("_own_values", "_pieces")

    def __init__(self, filled: str) -> None:
        parts = _CUT.split(filled)
        self._pieces = [
            b"" if index % 2 else encode_piece(part) for index, part in enumerate(parts)
        ]
        self._own_values = _picker([MARKS.index(mark) for mark in parts[1::2]])

    def filled(self, values: Sequence[bytes]) -> list[bytes]:
        """Return the pieces with every gap filled; `values` are encoded, in the order of MARKS."""
        pieces = self._pieces.copy()
        pieces[1::2] = self._own_values(values)
        return pieces


def _picker(places: list[int]) -> Callable[[Sequence[bytes]], Any]:
    """Return what takes the values at `places`: for two or more, a loop that runs in C."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: [values[place] for place in places]
