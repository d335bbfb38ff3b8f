"""The store is made, unmade and made again on both databases, and copied away while it is used."""

import datetime as dt
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, inspect, select, text

from service.db.database import Database
from service.db.migrate import alembic_config, backup, backup_name, downgrade, upgrade
from service.editions.models import Brief
from service.errors import ConfigurationError, InputError, UnavailableError
from service.ledger.partitions import make_partitions
from tests.factories.readership import build_readership
from tests.factories.store import NOW, make_subscriber

UPGRADE_AT_A_SIGN = """
import sys
from alembic import command, runtime, script
from sqlalchemy.dialects import postgresql, sqlite
from service.db.database import Database
from service.db.migrate import upgrade
print("ready", flush=True)
sys.stdin.readline()
upgrade(Database(sys.argv[1]))
"""


@pytest.fixture
def on_postgresql(postgresql_url: str) -> Iterator[Database]:
    database = Database(postgresql_url)
    yield database
    database.dispose()


@pytest.fixture
def on_sqlite(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    yield database
    database.dispose()


def tables(database: Database) -> set[str]:
    with database.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_up_down_and_up_again(empty: Database):
    upgrade(empty)
    made = tables(empty)
    assert {"briefs", "subscriptions", "shown", "waves"} <= made

    downgrade(empty, "base")
    assert tables(empty) <= {"alembic_version"}

    upgrade(empty)
    assert tables(empty) == made


def test_down_works_over_a_store_that_was_used(empty: Database):
    upgrade(empty)
    with empty.transaction() as session:
        make_partitions(session, today=NOW.date())
        build_readership(session, now=NOW)

    downgrade(empty, "base")

    assert tables(empty) <= {"alembic_version"}


def test_up_twice_changes_nothing_and_keeps_every_row(empty: Database):
    upgrade(empty)
    with empty.transaction() as session:
        build_readership(session, now=NOW, states=("accepted", "planned"))

    upgrade(empty)

    with empty.reading() as session:
        assert session.scalar(select(func.count()).select_from(Brief)) == 2


def test_the_migrations_make_what_the_tables_say(empty: Database):
    upgrade(empty)
    with empty.transaction() as session:
        make_partitions(session, today=NOW.date())
    command.check(alembic_config(empty))


def test_parts_that_start_at_once_migrate_once(empty: Database):
    url = empty.url.render_as_string(hide_password=False)
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE_AT_A_SIGN, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for start in starts:
        assert start.stdout is not None
        assert start.stdout.readline() == "ready\n"
    for start in starts:
        assert start.stdin is not None
        start.stdin.write("go\n")
        start.stdin.flush()
    said = [start.communicate(timeout=120)[1] for start in starts]
    assert [start.returncode for start in starts] == [0, 0, 0], said
    command.check(alembic_config(empty))


def test_a_store_without_tables_says_how_to_make_them(empty: Database):
    with pytest.raises(UnavailableError, match="podbrief db upgrade"), empty.reading() as session:
        session.execute(select(Brief.id))


def test_each_month_of_briefs_has_its_partition_ahead_of_time(on_postgresql: Database):
    with on_postgresql.transaction() as session:
        made = make_partitions(session, today=dt.date(2026, 11, 30))
        assert made == ["briefs_2026_10", "briefs_2026_11", "briefs_2026_12", "briefs_2027_01"]
        assert make_partitions(session, today=dt.date(2026, 11, 1)) == []
        assert make_partitions(session, today=dt.date(2026, 12, 1)) == ["briefs_2027_02"]
        build_readership(session, now=NOW)
        where = session.scalar(text("SELECT tableoid::regclass::text FROM briefs"))
    assert where == "briefs_2026_11"


def test_a_brief_of_a_month_without_partition_is_kept_all_the_same(on_postgresql: Database):
    with on_postgresql.transaction() as session:
        build_readership(session, now=NOW)
        where = session.scalar(text("SELECT tableoid::regclass::text FROM briefs"))
    assert where == "briefs_default"


def test_a_month_that_lies_in_the_default_partition_stops_no_planning(on_postgresql: Database):
    with on_postgresql.transaction() as session:
        build_readership(session, now=NOW)

    with on_postgresql.transaction() as session:
        make_partitions(session, today=NOW.date())

    with on_postgresql.reading() as session:
        assert session.scalar(select(func.count()).select_from(Brief)) == 1


def test_there_is_nothing_to_part_on_sqlite(on_sqlite: Database):
    with on_sqlite.transaction() as session:
        assert make_partitions(session, today=NOW.date()) == []


def test_a_backup_of_sqlite_is_whole_though_somebody_writes(on_sqlite: Database, tmp_path: Path):
    with on_sqlite.transaction() as session:
        make_subscriber(session, name="kept")
    target = tmp_path / "copies" / backup_name(NOW)
    with on_sqlite.transaction() as session:
        make_subscriber(session, name="not committed yet")
        assert backup(on_sqlite, target) == target

    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT name FROM subscribers").fetchall() == [("kept",)]
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    restored = Database(f"sqlite:///{target}")
    upgrade(restored)
    command.check(alembic_config(restored))
    restored.dispose()


def test_a_backup_overwrites_nothing(on_sqlite: Database, tmp_path: Path):
    target = tmp_path / "precious"
    target.write_text("precious")
    with pytest.raises(InputError, match="nothing was overwritten"):
        backup(on_sqlite, target)
    assert target.read_text() == "precious"


def test_backups_sort_by_time():
    assert backup_name(NOW) == "podbrief-20261122-070000.backup"
    assert backup_name(NOW) < backup_name(NOW + dt.timedelta(seconds=1))


def test_without_pg_dump_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    store = Database("postgresql+psycopg://podbrief@db.invalid/podbrief")
    with pytest.raises(ConfigurationError, match="install postgresql-client"):
        backup(store, tmp_path / "copy")


def test_a_pg_dump_that_stops_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    _put_pg_dump(tmp_path, "echo 'pg_dump: error: no such host' >&2; exit 1", monkeypatch)
    store = Database("postgresql+psycopg://podbrief@db.invalid/podbrief")
    with pytest.raises(ConfigurationError, match="no such host"):
        backup(store, tmp_path / "copy")


def test_the_password_is_no_argument_that_everybody_on_the_machine_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    seen = tmp_path / "arguments"
    target = tmp_path / "copy"
    _put_pg_dump(tmp_path, f'echo "$@" > {seen}; : > {target}', monkeypatch)
    backup(Database("postgresql+psycopg://podbrief:hunter2@db.invalid/podbrief"), target)
    assert "db.invalid" in seen.read_text()
    assert "hunter2" not in seen.read_text()


def _put_pg_dump(folder: Path, does: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "pg_dump"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_every_partition_leaves_room_for_the_changes_of_its_briefs(on_postgresql: Database):
    with on_postgresql.transaction() as session:
        make_partitions(session, today=NOW.date())
        options = session.execute(
            text(
                "SELECT relname, reloptions FROM pg_class JOIN pg_inherits ON inhrelid = oid "
                "WHERE inhparent = 'briefs'::regclass"
            )
        ).all()
    assert len(options) == 5
    assert {tuple(option.reloptions) for option in options} == {("fillfactor=50",)}
