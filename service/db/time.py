"""The database's own clock: leases and heartbeats of many machines compare with this one only."""

import datetime as dt
from typing import Any

from sqlalchemy import BindParameter, Float, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.visitors import InternalTraversal

from service.clock import Clock
from service.db.base import UtcDateTime


class database_now(ColumnElement[Any]):  # noqa: N801 - reads as the SQL function it is
    """The moment the statement runs (not when its transaction began), plus some seconds."""

    # the seconds are bound, so a statement is compiled once for whatever number they are
    inherit_cache = True
    _traverse_internals = [("seconds", InternalTraversal.dp_clauseelement)]  # noqa: RUF012 - SQLAlchemy's form
    type = UtcDateTime()
    seconds: BindParameter[float]

    def __init__(self, plus_seconds: float | str = 0) -> None:
        """Add so many seconds, or those bound by a name when the statement is run."""
        if isinstance(plus_seconds, str):
            self.seconds = bindparam(plus_seconds, type_=Float())
        else:
            self.seconds = bindparam(None, float(plus_seconds), type_=Float())


@compiles(database_now, "postgresql")
def _on_postgresql(element: database_now, compiler: Any, **how: Any) -> str:
    seconds = compiler.process(element.seconds, **how)
    return f"(clock_timestamp() + {seconds} * interval '1 second')"


@compiles(database_now, "sqlite")
def _on_sqlite(element: database_now, compiler: Any, **how: Any) -> str:
    # six digits after the second, as UtcDateTime writes them, so that text compares as time
    seconds = compiler.process(element.seconds, **how)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', printf('%+.3f seconds', {seconds}))"


def seconds_ahead(session: Session, clock: Clock) -> float:
    """Return how far `clock` is surely ahead of the database's; below 0 when it is behind.

    Nothing that may as well be the time the question took: a slow answer is no wrong clock.
    """
    before = clock.now()
    there: dt.datetime = session.scalars(select(database_now())).one()
    after = clock.now()
    if before > there:
        return (before - there).total_seconds()
    return min(0.0, (after - there).total_seconds())
