"""Ready bytes with gaps for what is personal: filled by copying a list, never by encoding.

The brief's own token stands in every link of a card. It has no gaps: its mark stays in the ready
bytes, and one `replace` over the finished message costs a fifth of filling some seventy gaps.
"""

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
MARKS = (UNSUBSCRIBE, MANAGE, SUMMARY, PREHEADER, CLOSING, NUMBER, WHY)
TOKEN_MARK = TOKEN.encode("ascii")  # no text of ours holds it, and encoded it would be =10
_OF_A_CARD = [MARKS.index(NUMBER), MARKS.index(WHY)]  # the last two
_CUT = re.compile(f"([{''.join(MARKS)}])")


class Pieces:
    """A filled template, encoded between its marks."""

    __slots__ = ("_around", "_own_values", "_pieces")

    def __init__(self, filled: str) -> None:
        parts = _CUT.split(filled)
        marks = [MARKS.index(mark) for mark in parts[1::2]]
        self._pieces = [
            b"" if index % 2 else _around_tokens(part) for index, part in enumerate(parts)
        ]
        self._own_values = _picker(marks)
        # most cards have these two and no other
        self._around = tuple(self._pieces[::2]) if marks == _OF_A_CARD else None

    def filled(self, values: Sequence[bytes]) -> Sequence[bytes]:
        """Return the pieces with every gap filled; `values` are encoded, in the order of MARKS.

        `TOKEN_MARK` is still to be replaced.
        """
        if self._around is not None:
            before, between, after = self._around
            return before, values[-2], between, values[-1], after
        pieces = self._pieces.copy()
        pieces[1::2] = self._own_values(values)
        return pieces


def _around_tokens(text: str) -> bytes:
    return TOKEN_MARK.join([encode_piece(part) for part in text.split(TOKEN)])


def _picker(places: list[int]) -> Callable[[Sequence[bytes]], Any]:
    """Return what takes the values at `places`: for two or more, a loop that runs in C."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: [values[place] for place in places]
