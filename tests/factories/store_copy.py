"""A copy of a test's store, and putting it back in its place while somebody works."""

import shutil
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from service.db.database import Database
from service.db.migrate import backup
from service.embedded.postgres import EmbeddedPostgres


class StoreCopy:
    """The store as it was when this was made."""

    def __init__(self, database: Database, folder: Path, server: EmbeddedPostgres | None) -> None:
        self._name = str(database.url.database)
        self._server = server
        if server is None:
            self._copy = str(backup(database, folder / f"{uuid.uuid4().hex}.backup"))
            return
        self._copy = f"copy_{uuid.uuid4().hex[:12]}"
        with closing(server.connect()) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (self._name,),
            )
            connection.execute(f"CREATE DATABASE {self._copy} TEMPLATE {self._name}")

    def put_back(self) -> None:
        """Replace the store, as a restore would; whoever was connected is cut off."""
        if self._server is None:
            for rest in ("-wal", "-shm"):
                Path(self._name + rest).unlink(missing_ok=True)
            Path(self._copy).replace(self._name)
            return
        with closing(self._server.connect()) as connection:
            connection.execute(f"DROP DATABASE {self._name} WITH (FORCE)")
            connection.execute(f"ALTER DATABASE {self._copy} RENAME TO {self._name}")


CopyStore = Callable[[], StoreCopy]


class DataDirectoryCopy:
    """All files of a PostgreSQL server, as they lay there when it was last stopped."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        """Stop the server at once, as a power cut would, copy its folder, start it again."""
        self._server = server
        self._copy = server.folder.with_name(f"copy-{uuid.uuid4().hex[:8]}")
        server.stop(immediate=True)
        shutil.copytree(server.folder, self._copy, copy_function=shutil.copy2)
        (self._copy / "postmaster.pid").unlink(missing_ok=True)
        server.start()

    def put_back(self) -> None:
        """Stop the server in the middle of its work, and start it over the older files."""
        self._server.stop(immediate=True)
        shutil.rmtree(self._server.folder)
        self._copy.rename(self._server.folder)
        self._server.start()
