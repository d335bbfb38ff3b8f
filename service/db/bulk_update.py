"""Give many rows values of their own: one UPDATE, built once and run with as many as there are."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, any_, bindparam, cast, func, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeEngine

from service.db.columns import NumberArray


class RowsUpdate:
    """Sets columns of rows found by their id.

    PostgreSQL is sent one array a column, SQLite one prepared statement with each row's values.
    """

    def __init__(
        self,
        table: type[DeclarativeBase],
        own: Mapping[str, TypeEngine[Any]],
        *where: ColumnElement[bool],
        same: Sequence[str] = (),
    ) -> None:
        """Build it: `own` columns, `id` among them, differ by row; `same` ones are given once.

        A key of the table must begin with its id.

        What `where` is bound to must not be named as a column is.
        """
        id_column = table.__table__.c.id
        others = [name for name in own if name != "id"]
        arrays = [_array(f"own_{name}", kind) for name, kind in own.items()]
        rows = func.unnest(*arrays).table_valued(*own, name="own").render_derived(name="own")
        shared = {
            name: bindparam(f"same_{name}", type_=table.__table__.c[name].type) for name in same
        }
        self._own = list(own)
        # by the key alone, so that each row is looked up: were the array a condition too, it would
        # find them all first and compare each with each
        found = id_column == rows.c.id if others else id_column == any_(arrays[0])
        self._by_arrays = (
            update(table)
            .where(*where, found)
            .values({**shared, **{name: rows.c[name] for name in others}})
        )
        self._by_rows = (
            update(table)
            .where(*where, id_column == bindparam("own_id", type_=own["id"]))
            .values(
                {**shared, **{name: bindparam(f"own_{name}", type_=own[name]) for name in others}}
            )
        )

    def run(
        self,
        session: Session,
        own: Sequence[Sequence[Any]],
        *,
        same: Mapping[str, Any] | None = None,
        **bound: Any,
    ) -> int:
        """Update rows, their `own` values in the order they were named; return how many."""
        if not own:
            return 0
        shared = {f"same_{name}": value for name, value in (same or {}).items()} | bound
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            columns = zip(self._own, zip(*own, strict=True), strict=True)
            arrays = {f"own_{name}": list(values) for name, values in columns}
            return connection.execute(self._by_arrays, arrays | shared).rowcount
        names = [f"own_{name}" for name in self._own]
        rows = [dict(zip(names, values, strict=True)) | shared for values in own]
        return connection.execute(self._by_rows, rows).rowcount


def _array(name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    array = NumberArray(kind) if isinstance(kind, Integer) else postgresql.ARRAY(kind)
    return cast(bindparam(name, type_=array), postgresql.ARRAY(kind))
