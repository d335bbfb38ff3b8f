"""One store, two kinds of session: those that read, and those that write and commit once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from service.db.connect_postgresql import Patience, connect
from service.errors import UnavailableError
from service.log import redacted

BUSY_TIMEOUT_SECONDS = 30
STATEMENT_CACHE = 500
FOR_AS_LONG_AS_IT_TAKES = Patience()
_DISK_FULL = "53100"  # PostgreSQL's word for it
NO_TABLES = "the store has no tables yet: run `podbrief db upgrade`"


class Database:
    """The store. Build it in the process that uses it: connections do not survive a fork."""

    def __init__(
        self, url: str, *, pool_size: int = 5, patience: Patience = FOR_AS_LONG_AS_IT_TAKES
    ) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(url) if self.is_sqlite else _postgresql(url, pool_size, patience)
        self.connections_made = 0
        event.listen(self.engine, "connect", self._count)
        self._writing = self.engine.execution_options(podbrief_writes=True)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session that may write; commit at the end, roll back on any error.

        SQLite takes the write lock at once (BEGIN IMMEDIATE): a transaction that reads first and
        writes later fails without waiting. Raises `UnavailableError` when the store is away.
        """
        with _store_errors_named(), Session(self._writing, expire_on_commit=False) as session:
            with session.begin():
                yield session
            for hook in session.info.pop("after_commit", []):
                hook()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session for reading only; nothing of it is ever committed."""
        with _store_errors_named(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    def ping(self) -> None:
        """Raise `UnavailableError` unless the store answers."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def scrub(self) -> None:
        """Leave nothing of what was just deleted in SQLite's files.

        Pages are overwritten as rows are deleted (see `secure_delete` below); the write-ahead log
        still holds them as they were, until it is brought in and cut. PostgreSQL's dumps never
        show deleted rows, and its vacuum reuses their space.
        """
        if not self.is_sqlite:
            return
        with self.engine.connect() as connection:
            line: Any = connection.connection.driver_connection
            line.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def dispose(self) -> None:
        self.engine.dispose()

    def _count(self, _connection: Any, _record: Any) -> None:
        """Count new connections: behind each may be another store than behind the one before."""
        self.connections_made += 1


@contextmanager
def _store_errors_named() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise _unavailable(error) from error
    except ProgrammingError as error:
        if "does not exist" in str(error.orig) and "relation" in str(error.orig):
            raise UnavailableError(NO_TABLES) from error
        raise
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _unavailable(error) from error
        raise


def _unavailable(error: DBAPIError) -> UnavailableError:
    reason = redacted(str(error.orig).strip().partition("\n")[0])
    if "no such table" in reason:
        return UnavailableError(NO_TABLES)
    if getattr(error.orig, "sqlstate", None) == _DISK_FULL or "disk is full" in reason:
        return UnavailableError(f"the store has no room left: {reason}")
    return UnavailableError(f"the store cannot be reached or is busy: {reason}")


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS},
        query_cache_size=STATEMENT_CACHE,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: Any) -> None:
        record.info["file"] = _file_at(engine)
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a commit lost at a power cut would be a mail sent twice
            "foreign_keys=ON",
            "secure_delete=ON",  # what somebody had erased is overwritten, not just unlinked
            "temp_store=MEMORY",
            "cache_size=-32000",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "checkout")
    def _is_still_there(_connection: Any, record: Any, _proxy: Any) -> None:
        """Leave a file that was put away: whatever is written to it, nobody would ever read."""
        if record.info["file"] not in (_file_at(engine), None):
            raise InvalidatePoolError

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("podbrief_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _file_at(engine: Engine) -> tuple[int, int] | None:
    """Return which file stands at the store's path; None while there is none, or in memory."""
    try:
        found = Path(engine.url.database or "").stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _postgresql(url: str, pool_size: int, patience: Patience) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        pool_pre_ping=True,
        query_cache_size=STATEMENT_CACHE,
        connect_args={
            "application_name": "podbrief",
            # the ledger must not lose a commit it was told of, whatever the server's default is
            "options": "-c synchronous_commit=on -c timezone=UTC "
            # a page of 2,000 looks large enough to PostgreSQL to start processes for, and is not
            "-c max_parallel_workers_per_gather=0",
        },
    )

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, words: Any, parameters: Any) -> Any:
        return connect(patience, *words, **parameters)

    return engine
