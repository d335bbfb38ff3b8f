"""Open the store as a part of an installation does that must not wait for good."""

from service.config import Settings
from service.db.connect_postgresql import Patience
from service.db.database import Database


def open_database(settings: Settings) -> Database:
    """Return the store, with the patience that the settings ask for."""
    return Database(
        settings.database_url,
        pool_size=settings.database.pool_size,
        patience=Patience(
            connect_seconds=settings.database.connect_seconds,
            answer_seconds=settings.database.answer_seconds,
        ),
    )
