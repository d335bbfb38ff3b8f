"""Every connection to PostgreSQL says what it needs, whatever the server's own settings are."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from service.db.database import Database


@pytest.fixture
def on_careless_server(postgresql_url: str) -> Iterator[Database]:
    """A store whose database has settings that would not do."""
    database = Database(postgresql_url)
    name = database.url.database
    with database.engine.connect() as connection:
        for setting in ("synchronous_commit = off", "max_parallel_workers_per_gather = 8"):
            connection.execute(text(f'ALTER DATABASE "{name}" SET {setting}'))
        connection.commit()
    database.dispose()
    yield database
    database.dispose()


@pytest.mark.parametrize(
    ("setting", "needed"),
    [
        ("synchronous_commit", "on"),  # a commit we were told of must not be lost
        ("max_parallel_workers_per_gather", "0"),  # a page of planning starts no processes
        ("TimeZone", "UTC"),
    ],
)
def test_a_connection_has_what_it_needs(on_careless_server: Database, setting: str, needed: str):
    with on_careless_server.reading() as session:
        assert session.scalar(text(f"SHOW {setting}")) == needed
