"""Ready bytes with gaps for what is personal: filled by copying a list, never by encoding.

The brief's own token stands in every link of a card. It has no gaps: its mark stays in the ready
bytes, and one `replace` over the finished message costs a fifth of filling some seventy gaps.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
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
_CARD_NUMBER = re.compile("/[0-9]{1,19}")
_CUT = re.compile(f"([{''.join(MARKS)}])")


class Pieces:
    """A filled template, encoded between its marks."""

    __slots__ = ("_own_values", "_pieces", "around")

    def __init__(self, filled: str) -> None:
        parts = _CUT.split(filled)
        marks = [MARKS.index(mark) for mark in parts[1::2]]
        self._pieces = [
            b"" if index % 2 else _around_tokens(part) for index, part in enumerate(parts)
        ]
        self._own_values = _picker(marks)
        # What stands around number and why, where these two are the gaps: as in most cards.
        self.around = tuple(self._pieces[::2]) if marks == _OF_A_CARD else ()

    def filled(self, values: Sequence[bytes]) -> list[bytes]:
        """Return the pieces with every gap filled; `values` are encoded, in the order of MARKS.

        `TOKEN_MARK` is still to be replaced.
        """
        pieces = self._pieces.copy()
        pieces[1::2] = self._own_values(values)
        return pieces


def _around_tokens(text: str) -> bytes:
    first, *others = text.split(TOKEN)
    return TOKEN_MARK.join([encode_piece(first), *map(_after_token, others)])


def _after_token(text: str) -> bytes:
    """Encode what stands behind a token: nearly always the card's number, then the same for all."""
    number = _CARD_NUMBER.match(text)
    if number is None:
        return encode_piece(text)
    end = number.end()
    return number[0].encode("ascii") + _remembered("/".ljust(end, "0") + text[end:])[end:]


@lru_cache(maxsize=1024)
def _remembered(text: str) -> bytes:
    return encode_piece(text)


def _picker(places: list[int]) -> Callable[[Sequence[bytes]], Any]:
    """Return what takes the values at `places`: for two or more, a loop that runs in C."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: [values[place] for place in places]
