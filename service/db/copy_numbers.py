"""Rows of whole numbers and dates as PostgreSQL's COPY reads them in its binary format."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, and nothing after them
_END = b"\xff\xff"
_FIRST_DAY = dt.date(2000, 1, 1)


def copy_numbers(columns: Sequence[npt.NDArray[np.int64]], sizes: Sequence[int]) -> bytes:
    """Return columns of one length; `sizes` are the octets a value of each has in the store.

    Each value goes after its size, each row after the number of its values.
    """
    fields = [
        field
        for number, size in enumerate(sizes)
        for field in ((f"size{number}", ">i4"), (f"value{number}", f">i{size}"))
    ]
    rows = np.empty(len(columns[0]), dtype=[("values", ">i2"), *fields])
    rows["values"] = len(columns)
    for number, (column, size) in enumerate(zip(columns, sizes, strict=True)):
        rows[f"size{number}"] = size
        rows[f"value{number}"] = column
    return _HEADER + rows.tobytes() + _END


def days(date: dt.date) -> int:
    """Return a date as PostgreSQL counts them."""
    return (date - _FIRST_DAY).days
