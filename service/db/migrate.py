"""Bring the store to the newest schema, or copy it away."""

import datetime as dt
import fcntl
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL

from service.db.database import Database
from service.errors import ConfigurationError, InputError

SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations up to `revision`; nothing happens when they have all been run."""
    with _one_at_a_time(database):
        database.ping()  # one sentence when it is away, instead of what Alembic would print
        command.upgrade(alembic_config(database), revision)


@contextmanager
def _one_at_a_time(database: Database) -> Iterator[None]:
    """Let parts that start at once migrate in turn: SQLite cannot even turn WAL on in two of them.

    PostgreSQL has an advisory lock for it, see migrations/env.py.
    """
    if not database.is_sqlite or not database.url.database:
        yield
        return
    with Path(f"{database.url.database}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def downgrade(database: Database, revision: str) -> None:
    """Undo migrations down to `revision`."""
    command.downgrade(alembic_config(database), revision)


def alembic_config(database: Database) -> Config:
    """Return Alembic's configuration; our engine goes along, so that its pragmas hold there too."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["database"] = database
    return config


def backup(database: Database, target: Path) -> Path:
    """Write a consistent copy while everything runs: a file of SQLite, a pg_dump archive.

    Raises `InputError` when `target` exists, `ConfigurationError` when pg_dump is missing.
    """
    if target.exists():
        raise InputError(f"{target} exists: name another file, nothing was overwritten")
    target.parent.mkdir(parents=True, exist_ok=True)
    if database.is_sqlite:
        source = str(database.url.database)
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
        target.chmod(0o600)
        return target
    url = database.url.set(drivername="postgresql")
    password = {"PGPASSWORD": str(url.password)} if url.password else {}
    address = URL.create(**(url._asdict() | {"password": None})).render_as_string()
    try:
        subprocess.run(  # noqa: S603 - the URL is an argument, not a shell's text
            ["pg_dump", "--format=custom", f"--file={target}", f"--dbname={address}"],  # noqa: S607
            check=True,
            env=os.environ | password,  # an argument could be read by everybody on the machine
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        raise ConfigurationError("pg_dump is not installed: install postgresql-client") from error
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip().partition("\n")[0]
        raise ConfigurationError(f"pg_dump stopped: {reason}") from error
    target.chmod(0o600)
    return target


def backup_name(now: dt.datetime) -> str:
    """Return a file name that sorts by time."""
    return f"podbrief-{now:%Y%m%d-%H%M%S}.backup"
