"""Rows of whole numbers and dates as PostgreSQL's COPY reads them in its binary format."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, and nothing after them
_END = b"\xff\xff"
_FIRST_DAY = np.datetime64("2000-01-01", "D")


def copy_numbers(columns: Sequence[npt.NDArray[Any]], sizes: Sequence[int]) -> bytes:
    """Return columns of numbers or dates, all of one length, as rows.

    `sizes` are the octets a value of each has in the store. Each value goes after its size, each
    row after the number of its values.
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
        rows[f"value{number}"] = _whole(column)
    return _HEADER + rows.tobytes() + _END


def _whole(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return dates as PostgreSQL counts them, by days."""
    return (column - _FIRST_DAY).astype(np.int64) if column.dtype.kind == "M" else column
