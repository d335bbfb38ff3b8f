"""The embedded PostgreSQL keeps its data, and says in a sentence why it cannot start."""

import os
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from service.db.database import Database
from service.embedded.postgres import EmbeddedPostgres
from service.errors import ConfigurationError


@pytest.fixture
def server(short_folder: Callable[[], Path]):
    root = short_folder()
    server = EmbeddedPostgres(root / "data", sockets=root / "s")
    server.start()
    yield server
    server.stop(immediate=True)


def test_rows_outlive_an_orderly_stop_and_a_kill(server: EmbeddedPostgres):
    with closing(server.connect()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
    server.stop()
    server.start()
    with closing(server.connect()) as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    server.start()
    with closing(server.connect()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (2,)


def test_it_speaks_utf_8_and_listens_on_its_socket_only(server: EmbeddedPostgres):
    store = Database(server.url("postgres"))
    with store.reading() as session:
        assert session.scalar(text("SHOW server_encoding")) == "UTF8"
        assert session.scalar(text("SHOW listen_addresses")) == ""
        assert session.scalar(text("SHOW server_version")).startswith("18.")
    store.dispose()
    assert server.sockets.stat().st_mode & 0o077 == 0


def test_a_socket_path_that_is_too_long_is_refused_before_anything_is_made(tmp_path: Path):
    deep = tmp_path / ("d" * 100)
    server = EmbeddedPostgres(tmp_path / "data", sockets=deep)
    with pytest.raises(ConfigurationError, match="too deep for a socket"):
        server.start()
    assert not deep.exists()


def test_a_folder_of_another_version_is_named_as_the_reason(server: EmbeddedPostgres):
    server.stop()
    (server.folder / "PG_VERSION").write_text("9\n")
    with pytest.raises(ConfigurationError, match=r"PostgreSQL did not start: .*FATAL"):
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_where_namespaces_are_closed_root_becomes_nobody(
    short_folder: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", "")  # no unshare to be found
    root = short_folder()
    server = EmbeddedPostgres(root / "data", sockets=root / "s")
    server.start()
    with closing(server.connect()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()
    assert (root / "data").stat().st_uid == 65534
