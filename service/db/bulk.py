"""Many rows at once: COPY on PostgreSQL, one prepared statement on SQLite; and rows as a table."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    SmallInteger,
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
from service.db.columns import NumberArray, Numbers
from service.db.copy_numbers import copy_numbers
from service.db.copy_text import copy_columns, copy_text

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
    if session.get_bind().dialect.name == "postgresql":
        starts = range(0, len(rows), ROWS_AT_ONCE)
        texts = (copy_text(rows[start : start + ROWS_AT_ONCE]) for start in starts)
        _copy(session, table, columns, texts)
    else:
        _insert_on_sqlite(session, table, columns, _as_sqlite_rows(table, columns, rows))


class Alike(NamedTuple):
    """Rows that differ in few columns."""

    same: Sequence[Any]
    own: Sequence[Sequence[Any]]  # a column each; whole numbers and texts


def write_alike(
    session: Session,
    table: type[DeclarativeBase],
    own: Sequence[str],
    same: Sequence[str],
    groups: Sequence[Alike],
) -> None:
    """Insert rows as `write_rows` does; those of a group share what stands in `same` columns."""
    if not groups:
        return
    if session.get_bind().dialect.name == "postgresql":
        texts = (copy_columns(group.own, group.same) for group in groups)
        _copy(session, table, [*own, *same], texts)
        return
    rows: list[tuple[Any, ...]] = []
    for group in groups:
        ending = tuple(map(as_sqlite_value, group.same))
        rows += [row + ending for row in zip(*group.own, strict=True)]
    _insert_on_sqlite(session, table, [*own, *same], rows)


def write_numbers(
    session: Session, table: type[DeclarativeBase], columns: Mapping[str, Numbers]
) -> None:
    """Insert rows of whole numbers and dates as `write_rows` does, from an array a column."""
    if not any(map(len, columns.values())):
        return
    if session.get_bind().dialect.name == "postgresql":
        sizes = [_size(table.__table__.c[name].type) for name in columns]
        octets = copy_numbers(list(columns.values()), sizes)
        _copy(session, table, list(columns), [octets], how="(FORMAT binary)")
        return
    lists = [
        (values.astype(str) if values.dtype.kind == "M" else values).tolist()
        for values in columns.values()
    ]
    _insert_on_sqlite(session, table, list(columns), list(zip(*lists, strict=True)))


def _size(kind: TypeEngine[Any]) -> int:
    """Return how many octets a number of this type has on PostgreSQL."""
    if isinstance(kind, BigInteger):
        return 8
    return 2 if isinstance(kind, SmallInteger) else 4


def _copy(
    session: Session,
    table: type[DeclarativeBase],
    columns: Sequence[str],
    data: Iterable[str | bytes],
    *,
    how: str = "",
) -> None:
    connection: Any = session.connection().connection.driver_connection
    statement = f"COPY {table.__tablename__} ({', '.join(columns)}) FROM STDIN {how}"
    try:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for part in data:
                copy.write(part)
    except psycopg.errors.IntegrityError as error:  # SQLAlchemy wraps only what it runs itself
        raise IntegrityError(statement, None, error) from error
    except psycopg.OperationalError as error:  # deadlocks and lost connections, told as everywhere
        raise OperationalError(statement, None, error) from error


def _insert_on_sqlite(
    session: Session,
    table: type[DeclarativeBase],
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    marks = ", ".join("?" for _ in columns)
    statement = f"INSERT INTO {table.__tablename__} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names
    session.connection().exec_driver_sql(statement, list(rows))


def _as_sqlite_rows(
    table: type[DeclarativeBase], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> list[tuple[Any, ...]]:
    target: Table = table.__table__  # type: ignore[assignment]  # mapped to a Table, always
    temporal = {
        index
        for index, name in enumerate(columns)
        if isinstance(target.c[name].type, UtcDateTime)
        or target.c[name].type.python_type is dt.date
    }
    return [
        tuple(
            as_sqlite_value(value) if index in temporal else value
            for index, value in enumerate(row)
        )
        for row in rows
    ]


def as_sqlite_value(value: Any) -> Any:
    """Return a value as SQLite keeps it: a moment or a date as text that sorts as they do."""
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"
    return value.isoformat() if isinstance(value, dt.date) else value


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
    text = json.dumps(matrix, default=as_sqlite_value)
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
