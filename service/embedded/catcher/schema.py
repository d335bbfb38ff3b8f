"""The catcher's own index: one SQLite file, apart from the application's store."""

import sqlite3
from pathlib import Path

from service.errors import UnavailableError

STORE_FILE = "inbox.db"
WAIT_SECONDS = 10.0

_TABLES = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    segment INTEGER NOT NULL,
    start INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    envelope_from TEXT NOT NULL,
    envelope_to TEXT NOT NULL,
    header_from TEXT NOT NULL,
    header_to TEXT NOT NULL,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    size INTEGER NOT NULL,
    searchable TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_messages_envelope_to ON messages (envelope_to);
"""


def inbox_folder(home: Path) -> Path:
    """Return the catcher's folder under the state folder."""
    return home / "inbox"


def open_store(folder: Path) -> sqlite3.Connection:
    """Open the store in `folder`, made when there is none; transactions are begun by hand.

    Raises `UnavailableError` when the file is not ours to read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / STORE_FILE
    connection = None
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=WAIT_SECONDS)
        connection.execute("PRAGMA journal_mode = WAL")
        # A commit is handed to the kernel, which outlives us: kill -9 loses nothing. A power cut
        # may take the last seconds, and a catcher is no archive.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_TABLES)
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise UnavailableError(
            f"the mail catcher cannot open {path}: {error}. Move the file away to start afresh"
        ) from error
    return connection
