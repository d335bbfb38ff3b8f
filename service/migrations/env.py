"""Run by Alembic: connects to the store and knows which tables are ours."""

from typing import Any

from alembic import context

import service.accounts.models
import service.audience.models
import service.db.models
import service.editions.models
import service.feedback.event_models
import service.feedback.models
import service.insights.models
import service.insights.vector_models
import service.ledger.models
import service.ledger.notice_models
import service.rendering.models  # noqa: F401 - these imports fill the metadata
from service.config import read_settings
from service.db.base import Base
from service.db.database import Database


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave out the monthly partitions of briefs: they belong to their parent."""
    return not (kind == "table" and name is not None and name.startswith("briefs_"))


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
