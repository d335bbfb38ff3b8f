"""Numbers out of the store a column at a time: no row is ever made of them."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Dialect,
    Float,
    LargeBinary,
    Select,
    SQLColumnExpression,
    Text,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from service.db.binary import binary_results

Numbers = npt.NDArray[Any]
_NOTHING: ColumnElement[bytes] = literal_column("''::bytea")


class ColumnsRead:
    """A SELECT of whole numbers, floats and octets, built once, whose columns come as arrays.

    PostgreSQL sends each column as one string of bytes, SQLite as one JSON text. A column of octets
    comes as one array of bytes, one value after the other.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        columns = statement.subquery().c
        self._kinds = [_kind(column) for column in columns]
        self._as_rows = statement
        self._as_octets = select(
            *(func.string_agg(_sent(column), _NOTHING, type_=LargeBinary) for column in columns)
        )
        self._as_texts = select(*(func.json_group_array(column) for column in columns))

    def run(self, session: Session, **bound: Any) -> list[Numbers]:
        """Return the columns, in one row order."""
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            with binary_results(connection):
                sent = connection.execute(self._as_octets, bound).one()
            return [
                _from_network(octets or b"", kind)
                for octets, kind in zip(sent, self._kinds, strict=True)
            ]
        if _OCTETS in self._kinds:  # JSON has none
            return self._from_rows(connection.execute(self._as_rows, bound).all())
        texts = connection.execute(self._as_texts, bound).one()
        return [
            np.array(json.loads(text), dtype=kind)
            for text, kind in zip(texts, self._kinds, strict=True)
        ]

    def _from_rows(self, rows: Sequence[Sequence[Any]]) -> list[Numbers]:
        columns = list(zip(*rows, strict=True)) or [()] * len(self._kinds)
        return [
            np.frombuffer(b"".join(values), dtype=_OCTETS)
            if kind == _OCTETS
            else np.array(values, dtype=kind)
            for values, kind in zip(columns, self._kinds, strict=True)
        ]


_OCTETS = "u1"


def _kind(column: ColumnElement[Any]) -> str:
    if isinstance(column.type, LargeBinary):
        return _OCTETS
    return "f8" if isinstance(column.type, Float) else "i8"


def _sent(column: ColumnElement[Any]) -> ColumnElement[bytes]:
    if isinstance(column.type, LargeBinary):
        return column
    return func.float8send(column) if isinstance(column.type, Float) else func.int8send(column)


def _from_network(octets: bytes, kind: str) -> Numbers:
    if kind == _OCTETS:
        return np.frombuffer(octets, dtype=_OCTETS)
    return np.frombuffer(octets, dtype=">" + kind).astype(kind)  # as networks write numbers


def read_columns(session: Session, statement: Select[*tuple[Any, ...]]) -> list[Numbers]:
    """Run a SELECT that is built for this once; see `ColumnsRead`."""
    return ColumnsRead(statement).run(session)


class _Among(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Self:
        """Stand as it is: SQLite, told to compare it with 1, would pass its index over."""
        del against
        return self


@compiles(_Among)
def _among(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, numbers = element.clauses
    return f"{compiler.process(column, **how)} = ANY ({compiler.process(numbers, **how)})"


@compiles(_Among, "sqlite")
def _among_on_sqlite(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, numbers = element.clauses
    each = f"SELECT value FROM json_each({compiler.process(numbers, **how)})"  # noqa: S608 - bound
    return f"{compiler.process(column, **how)} IN ({each})"


def is_among(column: SQLColumnExpression[int], name: str) -> ColumnElement[bool]:
    """Return that `column` is among the numbers bound as `name`, for a statement built once."""
    return _Among(column, bindparam(name, type_=NumberArray(BigInteger())))


def is_one_of(
    session: Session, column: InstrumentedAttribute[int], numbers: list[int]
) -> ColumnElement[bool]:
    """Return that `column` is among `numbers`: one bound value, and a condition of its index."""
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(bindparam(None, numbers, type_=NumberArray(column.type)))
    each = func.json_each(json.dumps(numbers)).table_valued("value")
    return column.in_(select(each.c.value))


class NumberArray(TypeDecorator[Sequence[int | None]]):
    """An array of whole numbers, bound as its text: made five times as fast as the driver does it.

    To PostgreSQL it is an array all the same, read once. A text that is cast in the statement
    would be read anew for each row that is filtered by it. To SQLite it is JSON.
    """

    impl = postgresql.ARRAY
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else self.impl_instance)

    def bind_processor(
        self, dialect: Dialect
    ) -> Callable[[Sequence[int | None] | None], str | None]:
        return json.dumps if dialect.name == "sqlite" else _array_text


def _array_text(numbers: Iterable[int | None] | None) -> str | None:
    if numbers is None:
        return None
    text = str(list(numbers))[1:-1]  # as a list is shown: nothing writes numbers faster
    return "{" + text.replace("None", "NULL") + "}"
