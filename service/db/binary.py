"""Results as PostgreSQL holds them: for long strings of bytes and for moments, at half the cost.

The driver asks for text otherwise, in which each octet takes two letters.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection


class _BinaryCursor(psycopg.Cursor[Any]):
    """Asks for every column of its results in the binary format."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.format = psycopg.pq.Format.BINARY


@contextmanager
def binary_results(connection: Connection) -> Iterator[None]:
    """Have what is run on a connection to PostgreSQL meanwhile answered in the binary format.

    Only for columns of numbers, texts, moments and bytes: the driver knows those in both formats.
    """
    line: Any = connection.connection.driver_connection
    before = line.cursor_factory
    line.cursor_factory = _BinaryCursor
    try:
        yield
    finally:
        line.cursor_factory = before
