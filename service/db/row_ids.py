"""Numbers for rows written in bulk: COPY and prepared statements do not tell which they gave."""

from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.orm import DeclarativeBase, Session


def row_ids(session: Session, table: type[DeclarativeBase], count: int) -> Sequence[int]:
    """Return `count` new values of the table's own `id`; call it in a writing transaction.

    SQLite's writers come one at a time, so the numbers after the highest are ours until we commit.
    """
    if count == 0:
        return []
    if session.get_bind().dialect.name == "postgresql":
        statement = text(
            "SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"
        )
        found = session.execute(statement, {"name": table.__tablename__, "count": count})
        return [row[0] for row in found]
    last = session.scalar(select(func.coalesce(func.max(table.__table__.c.id), 0))) or 0
    return range(last + 1, last + 1 + count)
