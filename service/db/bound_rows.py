"""Rows as a table to join with, in a statement that is built once for each store."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import FromClause, Integer, Text, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from service.db.bulk import as_sqlite_value
from service.db.columns import NumberArray


class BoundRows:
    """A table whose rows are bound when a statement is run: as `bulk.rows_as_table`, built once."""

    def __init__(self, name: str, columns: Mapping[str, TypeEngine[Any]]) -> None:
        self._name = name
        self._columns = columns

    def table(self, *, is_postgresql: bool) -> FromClause:
        """Return the table, as a statement for this store joins with it."""
        if is_postgresql:
            arrays = [
                cast(bindparam(self._value(column), type_=_array(kind)), postgresql.ARRAY(kind))
                for column, kind in self._columns.items()
            ]
            rows = func.unnest(*arrays).table_valued(*self._columns, name=self._name)
            return rows.render_derived(name=self._name)
        text = bindparam(self._value("rows"), type_=Text())
        each = func.json_each(text).table_valued("value")
        return select(
            *(
                func.json_extract(each.c.value, f"$[{position}]").label(column)
                for position, column in enumerate(self._columns)
            )
        ).subquery(self._name)

    def values(self, columns: Sequence[Sequence[Any]], *, is_postgresql: bool) -> dict[str, Any]:
        """Return what to bind for these columns, all of one length."""
        if is_postgresql:
            return {
                self._value(name): list(values)
                for name, values in zip(self._columns, columns, strict=True)
            }
        rows = list(zip(*columns, strict=True))
        return {self._value("rows"): json.dumps(rows, default=as_sqlite_value)}

    def _value(self, column: str) -> str:
        return f"{self._name}_{column}"  # apart from the columns that a statement sets


def _array(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return NumberArray(kind) if isinstance(kind, Integer) else postgresql.ARRAY(kind)
