"""Run by Alembic: connects to the store and knows which tables are ours."""

import pkgutil
from importlib import import_module
from typing import Any

from alembic import context

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


def run() -> None:
    database = context.config.attributes.get("database") or Database(read_settings().database_url)
    with database.engine.connect() as connection:
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
        connection.commit()


run()
