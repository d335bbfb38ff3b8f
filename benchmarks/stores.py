"""A fresh, filled store of each kind, and what its server costs."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fill_store import Amounts, fill
from benchmarks.processes import cpu_seconds
from service.db.database import Database
from service.db.migrate import upgrade
from service.embedded.postgres import EmbeddedPostgres

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True, slots=True)
class Store:
    """A filled store that workers may open."""

    kind: str
    url: str
    home: Path
    cpu: Callable[[], float]  # seconds its own processes have used; SQLite has none


@contextmanager
def filled_store(kind: str, amounts: Amounts) -> Iterator[Store]:
    """Give a store of `kind` with everybody due; it is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="pb-bench-"))
    try:
        with empty_store(kind, home) as store:
            database = Database(store.url)
            upgrade(database)
            fill(database, amounts)
            yield store
    finally:
        shutil.rmtree(home, ignore_errors=True)


def empty_store(kind: str, home: Path) -> AbstractContextManager[Store]:
    """Give a store of `kind` under `home` in which nothing has been made."""
    return _sqlite(home) if kind == SQLITE else _postgresql(home)


@contextmanager
def _sqlite(home: Path) -> Iterator[Store]:
    yield Store(SQLITE, f"sqlite:///{home / 'podbrief.db'}", home, lambda: 0.0)


@contextmanager
def _postgresql(home: Path) -> Iterator[Store]:
    """As `podbrief up` starts it: durable (fsync, synchronous_commit), no setting of our own."""
    server = EmbeddedPostgres(home / "postgresql", sockets=home / "s")
    server.start()
    try:
        with closing(server.connect()) as connection:
            connection.execute("CREATE DATABASE podbrief")
        yield Store(POSTGRESQL, server.url("podbrief"), home, lambda: cpu_seconds(server.pid or 0))
    finally:
        server.stop()
