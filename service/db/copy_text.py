"""Rows as PostgreSQL's COPY reads them, made a column at a time.

Most values repeat or are whole numbers: so they cost half of what making them one by one does.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from numbers import Number
from typing import Any

NOTHING = r"\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_MAY_REPEAT = (dt.datetime, dt.date, type(None))


def copy_text(rows: Sequence[Sequence[Any]]) -> str:
    """Return `rows`, all of one length, in COPY's text format."""
    return copy_columns(list(zip(*rows, strict=True)))


def copy_columns(columns: Sequence[Sequence[Any]], same: Sequence[Any] = ()) -> str:
    """Return columns, all of one length, in COPY's text format; each row ends in what is `same`."""
    lines = map("\t".join, zip(*map(_column, columns), strict=True))
    end = "".join([f"\t{_text(value)}" for value in same]) + "\n"
    return end.join([*lines, ""])


def _column(values: Sequence[Any]) -> Iterable[str]:
    kinds = set(map(type, values))
    if kinds == {int}:
        return map(str, values)
    if kinds == {str} and _needs_no_escape("".join(values)):
        return values
    if kinds <= set(_MAY_REPEAT):
        texts = {value: _text(value) for value in set(values)}
        return [texts[value] for value in values]
    return map(_text, values)


def _text(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return str(value).translate(_ESCAPES)
    if isinstance(value, dt.date):  # a moment is one too
        return value.isoformat()
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return r"\\x" + bytes(value).hex()
    message = f"COPY is not told how to write a {type(value).__name__}"
    raise TypeError(message)


def _needs_no_escape(text: str) -> bool:
    return not ("\\" in text or "\t" in text or "\n" in text or "\r" in text)
