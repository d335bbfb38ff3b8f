"""The database's own clock: leases and heartbeats of many machines compare with this one only."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement

from service.db.base import UtcDateTime


class database_now(ColumnElement[Any]):  # noqa: N801 - reads as the SQL function it is
    """The moment the statement runs (not when its transaction began), plus some seconds."""

    inherit_cache = False
    type = UtcDateTime()

    def __init__(self, plus_seconds: float = 0) -> None:
        self.plus_seconds = float(plus_seconds)


@compiles(database_now, "postgresql")
def _on_postgresql(element: database_now, _compiler: Any, **_: Any) -> str:
    return f"(clock_timestamp() + interval '{element.plus_seconds:.3f} seconds')"


@compiles(database_now, "sqlite")
def _on_sqlite(element: database_now, _compiler: Any, **_: Any) -> str:
    # six digits after the second, as UtcDateTime writes them, so that text compares as time
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '{element.plus_seconds:+.3f} seconds')"
