"""Numbers out of the store a column at a time: no row is ever made of them."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    ColumnElement,
    Float,
    LargeBinary,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute, Session

Numbers = npt.NDArray[Any]


def read_columns(session: Session, statement: Select[*tuple[Any, ...]]) -> list[Numbers]:
    """Run a SELECT of whole numbers and floats; return its columns as arrays, in one row order.

    PostgreSQL sends each column as one string of bytes, SQLite as one JSON text.
    """
    columns = statement.subquery().c
    kinds = ["f8" if isinstance(column.type, Float) else "i8" for column in columns]
    if session.get_bind().dialect.name == "postgresql":
        sent = session.execute(select(*(_as_bytes(column) for column in columns))).one()
        return [
            np.frombuffer(octets or b"", dtype=">" + kind).astype(kind)  # as networks write numbers
            for octets, kind in zip(sent, kinds, strict=True)
        ]
    texts = session.execute(select(*(func.json_group_array(column) for column in columns))).one()
    return [np.array(json.loads(text), dtype=kind) for text, kind in zip(texts, kinds, strict=True)]


def is_one_of(
    session: Session, column: InstrumentedAttribute[int], numbers: list[int]
) -> ColumnElement[bool]:
    """Return that `column` is among `numbers`: one bound value, and a condition of its index."""
    if session.get_bind().dialect.name == "postgresql":
        array = postgresql.ARRAY(column.type)
        return column == any_(cast(bindparam(None, array_text(numbers), type_=Text()), array))
    each = func.json_each(json.dumps(numbers)).table_valued("value")
    return column.in_(select(each.c.value))


def array_text(numbers: Iterable[int | None]) -> str:
    """Return an array of whole numbers as PostgreSQL reads it, to be cast there.

    It is made five times as fast as the driver makes one.
    """
    return "{" + ",".join(["NULL" if number is None else str(number) for number in numbers]) + "}"


def _as_bytes(column: ColumnElement[Any]) -> ColumnElement[bytes]:
    send = func.float8send if isinstance(column.type, Float) else func.int8send
    return func.string_agg(send(column), literal_column("''::bytea"), type_=LargeBinary)
