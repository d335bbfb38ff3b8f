"""Bytes fit for SMTP's DATA as they stand, and how that is known of a whole message for nothing.

A piece is fit when it is nothing but whole lines of 7-bit text, none of which begins with a dot.
Whatever fit pieces are joined to is fit too: each begins where a line does. So ready pieces are
looked at once, when they are encoded, and only a person's own few lines with each message.
"""

from collections.abc import Iterable
from typing import NamedTuple


class FitForData(NamedTuple):
    """A message whose every piece was found fit; made by `join_fit` and nowhere else."""

    octets: bytes


def is_fit(piece: bytes) -> bool:
    """Return whether `piece` is whole lines of 7-bit text, none beginning with a dot."""
    # LF or CR alone count as line breaks: some servers take them for one (CVE-2023-51764)
    has_leading_dot = piece.startswith(b".") or b"\n." in piece or b"\r." in piece
    return not piece or (not has_leading_dot and piece.endswith(b"\r\n") and piece.isascii())


def fit(piece: bytes) -> bytes:
    """Return a piece that was looked at; raises `ValueError` when it is not fit."""
    if not is_fit(piece):
        message = f"not whole lines free of leading dots: {piece[:80]!r}"
        raise ValueError(message)
    return piece


def join_fit(looked_at: Iterable[bytes], *, mark: bytes = b"", value: bytes = b"") -> FitForData:
    """Join pieces, each of which has passed `fit` or `is_fit` before.

    Where `mark` stands between two pieces, `value` takes its place: fit as well.
    """
    joined = b"".join(looked_at)
    return FitForData(joined.replace(mark, value) if mark else joined)
