"""The monthly partitions of briefs on PostgreSQL, made ahead of time and dropped when old."""

import datetime as dt

from sqlalchemy import inspect
from sqlalchemy.orm import Session

MONTHS_AHEAD = 2
# A brief is written once and changed twice or more; with room on its own page for the changes, none
# of them touches an index.
FILL_FACTOR = 50
_LOCK = 0x706172740001  # any number that nothing else locks


def make_partitions(session: Session, *, today: dt.date) -> list[str]:
    """Make the partitions of last month to two months ahead; return the names of new ones.

    Nothing to do on SQLite. A brief outside them lands in `briefs_default` and is not lost.
    """
    if session.get_bind().dialect.name != "postgresql":
        return []
    # two planners at the first tick of a month: the second waits, then sees what the first made
    session.connection().exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    there = set(inspect(session.connection()).get_table_names())
    made = []
    for months in range(-1, MONTHS_AHEAD + 1):
        first = _first_of_month(today, months)
        name = f"briefs_{first:%Y_%m}"
        if name in there:
            continue
        after = _first_of_month(first, 1)
        if _default_holds(session, first, after):  # then the database would refuse
            continue
        session.connection().exec_driver_sql(
            f"CREATE TABLE {name} PARTITION OF briefs "
            f"FOR VALUES FROM ('{first.isoformat()}') TO ('{after.isoformat()}') "
            f"WITH (fillfactor = {FILL_FACTOR})"
        )
        made.append(name)
    return made


def _default_holds(session: Session, first: dt.date, after: dt.date) -> bool:
    found = session.connection().exec_driver_sql(
        "SELECT 1 FROM briefs_default WHERE local_date >= %s AND local_date < %s LIMIT 1",
        (first, after),
    )
    return found.first() is not None


def _first_of_month(day: dt.date, months: int) -> dt.date:
    number = day.year * 12 + day.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)
