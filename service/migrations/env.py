"""Run by Alembic: connects to the store and knows which tables are ours."""

import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from alembic import context
from sqlalchemy import Connection

import service
from service.config import read_settings
from service.db.base import Base
from service.db.database import Database

for module in pkgutil.walk_packages(service.__path__, "service."):
    if module.name.endswith("models"):  # models.py, event_models.py: they fill the metadata
        import_module(module.name)

_KEPT_BY_MIGRATIONS = ("briefs_", "insight_search", "search_words", "ix_insights_search_words")


def include_name(name: str | None, _kind: str, _parents: Any) -> bool:
    """Leave out the monthly partitions of briefs, and the search index: no model knows them."""
    return name is None or not name.startswith(_KEPT_BY_MIGRATIONS)


@contextmanager
def _tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """Let SQLite drop a table that was copied without deleting all that refers to its rows.

    A change of a constraint is a new table there (https://sqlite.org/lang_altertable.html, 7).
    The setting is the driver's own: within a transaction it does nothing.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF").close()
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON").close()


def _look_for_loose_ends(connection: Connection) -> None:
    """Raise `RuntimeError`, and so undo everything, when a row refers to one that is not there."""
    loose = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if loose:
        tables = ", ".join(sorted({str(row[0]) for row in loose}))
        message = f"after the migrations {len(loose)} rows of {tables} refer to rows that are gone"
        raise RuntimeError(message)


def run() -> None:
    database = context.config.attributes.get("database") or Database(read_settings().database_url)
    with database.engine.connect() as connection, _tables_may_be_made_anew(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_name=include_name,
            render_as_batch=True,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                # several parts may start at once: the first migrates, the others wait their turn
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7150917)")
            context.run_migrations()
            if connection.dialect.name == "sqlite":
                _look_for_loose_ends(connection)
        connection.commit()


run()
