"""Many rows at once: COPY on PostgreSQL, one prepared statement on SQLite; and rows as a table."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Table,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeEngine

from service.db.base import UtcDateTime
from service.db.columns import NumberArray
from service.db.copy_text import copy_text

ROWS_AT_ONCE = 2_000
ID_BLOCK = 1_000  # ids that one step of a sequence gives out; as its migration says


def write_rows(
    session: Session,
    table: type[DeclarativeBase],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """Insert `rows`, given in the order of `columns`; JSON columns come as ready text.

    Raises `IntegrityError` when any row meets a constraint; then none of them is written.
    """
    if not rows:
        return
    target: Table = table.__table__  # type: ignore[assignment]  # mapped to a Table, always
    if session.get_bind().dialect.name == "postgresql":
        _copy(session, target, columns, rows)
        return
    adapted = _adapted_for_sqlite(target, columns, rows)
    marks = ", ".join("?" for _ in columns)
    statement = f"INSERT INTO {target.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names
    session.connection().exec_driver_sql(statement, adapted)


def _copy(
    session: Session, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    connection: Any = session.connection().connection.driver_connection
    statement = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"
    try:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for start in range(0, len(rows), ROWS_AT_ONCE):
                copy.write(copy_text(rows[start : start + ROWS_AT_ONCE]))
    except psycopg.errors.IntegrityError as error:  # SQLAlchemy wraps only what it runs itself
        raise IntegrityError(statement, None, error) from error
    except psycopg.OperationalError as error:  # deadlocks and lost connections, told as everywhere
        raise OperationalError(statement, None, error) from error


def _adapted_for_sqlite(
    table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> list[tuple[Any, ...]]:
    temporal = {
        index
        for index, name in enumerate(columns)
        if isinstance(table.c[name].type, UtcDateTime) or table.c[name].type.python_type is dt.date
    }
    return [
        tuple(
            _as_sqlite_text(value) if index in temporal else value
            for index, value in enumerate(row)
        )
        for row in rows
    ]


def _as_sqlite_text(value: dt.datetime | dt.date | None) -> str | None:
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"
    return None if value is None else value.isoformat()


def rows_as_table(
    session: Session, name: str, columns: Mapping[str, tuple[TypeEngine[Any], Sequence[Any]]]
) -> FromClause:
    """Return `columns` (name to type and values, all of one length) as a table to join with.

    One bound array a column on PostgreSQL, one JSON text on SQLite: the statement is the same
    whatever the number of rows, so it is prepared and cached once.
    """
    if session.get_bind().dialect.name == "postgresql":
        arrays = [_array(kind, values) for kind, values in columns.values()]
        return func.unnest(*arrays).table_valued(*columns, name=name).render_derived(name=name)
    matrix = list(zip(*(values for _, values in columns.values()), strict=True))
    text = json.dumps(matrix, default=_as_sqlite_text)
    each = func.json_each(text).table_valued("value")
    return select(
        *(
            func.json_extract(each.c.value, f"$[{position}]").label(column)
            for position, column in enumerate(columns)
        )
    ).subquery(name)


def _array(kind: TypeEngine[Any], values: Sequence[Any]) -> ColumnElement[Any]:
    array = NumberArray(kind) if isinstance(kind, Integer) else postgresql.ARRAY(kind)
    return cast(bindparam(None, list(values), type_=array), postgresql.ARRAY(kind))


def reserve_ids(session: Session, sequence: str, count: int) -> Sequence[int]:
    """Reserve `count` ids of a sequence made by the migrations; gaps are harmless.

    A sequence steps by whole blocks, whose rest is let go: a call of `nextval` for each id would
    cost more than the ids are worth. On SQLite, where one writer at a time is the rule anyway, a
    row of `id_blocks` counts.
    """
    if count == 0:
        return []
    connection = session.connection()
    if session.get_bind().dialect.name == "postgresql":
        blocks = -(-count // ID_BLOCK)
        found = connection.exec_driver_sql(
            "SELECT nextval(%s::regclass) FROM generate_series(1, %s)", (sequence, blocks)
        )
        ids = [number for (first,) in found for number in range(first, first + ID_BLOCK)]
        return ids[:count]
    last: int = connection.exec_driver_sql(
        "INSERT INTO id_blocks (name, last) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET last = last + excluded.last RETURNING last",
        (sequence, count),
    ).scalar_one()
    return range(last - count + 1, last + 1)


def skip_ids(session: Session, sequence: str, count: int) -> None:
    """Leave the next `count` ids of a sequence out: somebody may have them from another time."""
    if session.get_bind().dialect.name != "postgresql":
        reserve_ids(session, sequence, count)
        return
    session.connection().exec_driver_sql(
        "SELECT setval(%s::regclass, nextval(%s::regclass) + %s)", (sequence, sequence, count)
    )


def insert_ignoring(
    session: Session, table: type[DeclarativeBase], rows: list[dict[str, Any]]
) -> None:
    """Insert rows, leaving those that are there already as they are."""
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(postgresql.insert(table).on_conflict_do_nothing(), rows)
    else:
        session.execute(sqlite.insert(table).on_conflict_do_nothing(), rows)
