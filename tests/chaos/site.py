"""The installation under attack: real PostgreSQL, Valkey, worker, beat and mail server."""

import os
import resource
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from service.config import ROOT, Settings
from service.db.database import Database
from service.db.migrate import upgrade
from service.embedded.child import Part
from service.embedded.parts import beat_part, worker_part
from service.embedded.postgres import EmbeddedPostgres
from service.embedded.supervisor import Supervisor
from service.embedded.valkey import valkey_part
from service.jobs import runtime_folder
from service.setting_groups import DatabaseSettings
from tests.chaos.processes import Seen, children_of, seen
from tests.chaos.timing import divided
from tests.factories.half_open_proxy import HalfOpenProxy
from tests.factories.store_copy import DataDirectoryCopy

PROCESSES = 2
NEVER = threading.Event()


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What the site is built of, and how bad its network is."""

    seed: int = 1
    fault_rate: float = 0.0
    only_stage: str = ""
    latency: float = 0.0  # of the mail server's last reply, in seconds
    connections: int = 8
    with_broker: bool = True
    mutant: str = ""  # a bug that is planted in the workers
    environment: dict[str, str] = field(default_factory=dict)


class Site:
    """Everything of one run; the supervisor of `podbrief up` brings back what is killed."""

    def __init__(self, home: Path, postgres: EmbeddedPostgres, name: str, weather: Weather) -> None:
        self.home = home
        self.postgres = postgres
        self.weather = weather
        self.truth = home / "truth.txt"
        self.fault_log = home / "faults.txt"
        self.log = home / "log.txt"
        self.settings = Settings(
            home=home,
            database=DatabaseSettings(url=postgres.url(name)),
        )
        self.database = Database(self.settings.database_url)
        self.proxy = HalfOpenProxy(postgres.socket)  # between the store and all parts but us
        self._url_of_parts = self.proxy.open().url(name)
        self.supervisor = Supervisor(self.say)
        self.clocks = home / "clocks.txt"  # whose is wrong, and by how much
        self._shifts: dict[int, float] = {}
        self._copy: DataDirectoryCopy | None = None
        self._workers: set[Seen] = set()
        self._said = self.log.open("a", encoding="utf-8")

    @property
    def in_flight_each(self) -> int:
        """How many messages one worker child can have begun and not heard of."""
        return self.weather.connections // PROCESSES

    def start(self) -> None:
        """Start everything but the store, which runs."""
        port = _free_port()
        if self.weather.with_broker:
            self.supervisor.start(valkey_part(self.home))
        self.supervisor.start(self._sink_part(port))
        self.supervisor.wait_until_ready(NEVER)
        worker = worker_part(self.settings, self.database, processes=PROCESSES)
        command = [word.replace("workers.app", "tests.chaos.worker") for word in worker.command]
        environment = {**self._environment(port), **worker.environment}
        self.supervisor.start(
            replace(worker, command=tuple(command), environment=environment, folder=self.home)
        )
        self._beat_environment = environment
        self.start_beat("beat")
        self.supervisor.wait_until_ready(NEVER)

    def start_beat(self, name: str) -> None:
        beat = beat_part(self.settings)
        command = [word.replace("beat-schedule", f"{name}-schedule") for word in beat.command]
        self.supervisor.start(
            replace(
                beat,
                name=name,
                command=tuple(command),
                environment=self._beat_environment,
                folder=self.home,
            )
        )

    def main_of(self, name: str) -> Seen | None:
        """Return the process of a part, while it runs."""
        for report in self.supervisor.look():
            if report.name == name and report.pid is not None:
                return seen(report.pid)
        return None

    def worker_children(self) -> list[Seen]:
        """Return the pool children of the worker that runs now."""
        main = self.main_of("worker")
        found = [] if main is None else children_of(main.pid)
        self._workers.update(found)
        return found

    def leave_room(self, size: int | None) -> None:
        """Let no file of the worker grow beyond `size` bytes; None: as far as they like.

        What a full disc does to them, for any user, and to nobody else on this machine.
        """
        main = self.main_of("worker")
        for process in [*([main] if main else []), *self.worker_children()]:
            with suppress(ProcessLookupError):
                _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
                now = most if size is None else size
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (now, most))

    def shift_clock(self, pid: int, seconds: float) -> None:
        """Put a worker's wall clock wrong by so many seconds; 0: right again."""
        self._shifts[pid] = seconds
        lines = "".join(f"{pid} {shift}\n" for pid, shift in self._shifts.items() if shift)
        new = self.clocks.with_suffix(".new")
        new.write_text(lines, "ascii")
        new.replace(self.clocks)

    def stop(self) -> None:
        """Stop in order, then end what a killed parent has left behind."""
        self.worker_children()
        self.supervisor.stop()
        for child in self._workers:
            child.signal(signal.SIGCONT)
            child.signal(signal.SIGKILL)
        self.proxy.close()
        self.database.dispose()
        self._said.close()
        shutil.rmtree(runtime_folder(self.home), ignore_errors=True)

    def copy_store(self) -> None:
        """Copy the server's files; it is stopped for that as by a power cut."""
        self._copy = DataDirectoryCopy(self.postgres)

    def put_copy_back(self) -> bool:
        """Start the server over the copy; False when there is none."""
        if self._copy is None:
            return False
        self._copy.put_back()
        self._copy = None
        return True

    def taken(self) -> int:
        """Return how many messages the mail server has taken."""
        return self.truth.read_bytes().count(b"\n") if self.truth.exists() else 0

    def times_said(self, word: str) -> int:
        """Return in how many lines the parts have said so."""
        return sum(word in line for line in self.log.read_text("utf-8").splitlines())

    def last_words(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text("utf-8").splitlines()[-lines:])

    def say(self, name: str, line: str) -> None:
        """Write a line of a part, or of ours, to the log."""
        self._said.write(f"{time.monotonic():.2f} {name}: {line}\n")
        self._said.flush()

    def _sink_part(self, port: int) -> Part:
        words = (
            *("--port", str(port), "--truth", str(self.truth), "--log", str(self.fault_log)),
            *("--seed", str(self.weather.seed), "--rate", str(self.weather.fault_rate)),
            *("--latency", str(self.weather.latency), "--only-stage", self.weather.only_stage),
        )
        return Part(
            name="sink",
            command=(sys.executable, "-m", "tests.chaos.sink", *words),
            environment={"PYTHONPATH": str(ROOT)},
            is_ready=lambda: _listens(port),
        )

    def _environment(self, port: int) -> dict[str, str]:
        """Return what the parts get; they run in `home`, out of reach of anybody's `.env`."""
        broker = {} if self.weather.with_broker else {"PODBRIEF_BROKER_URL": self._no_broker()}
        return {
            **divided(),
            **broker,
            "PYTHONPATH": str(ROOT),
            "PODBRIEF_HOME": str(self.home),
            "PODBRIEF_DATABASE_URL": self._url_of_parts,
            "PODBRIEF_SMTP_URL": f"smtp+plain://127.0.0.1:{port}",
            "PODBRIEF_SMTP_MAX_CONNECTIONS": str(self.weather.connections),
            "PODBRIEF_PUBLIC_URL": "https://brief.example.org",
            "PODBRIEF_LOG_LEVEL": "info",
            "CHAOS_CLOCKS": str(self.clocks),
            "CHAOS_MUTANT": self.weather.mutant,
            **self.weather.environment,
        }

    def _no_broker(self) -> str:
        return f"redis://127.0.0.1:{_free_port()}/0"


@contextmanager
def durable_postgres() -> Iterator[EmbeddedPostgres]:
    """Give a server as `podbrief` would start it: every commit on the disc before it answers."""
    root = Path(tempfile.mkdtemp(prefix="pbc-", dir="/tmp"))
    root.chmod(0o711)
    server = EmbeddedPostgres(root / "data", sockets=root / "s", options={"fsync": "on"})
    try:
        server.start()
        yield server
    finally:
        server.stop(immediate=True)
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def site_on(postgres: EmbeddedPostgres, weather: Weather, *, keep: bool = False) -> Iterator[Site]:
    """Give a site with an empty, migrated store; it has stopped afterwards, whatever happened."""
    home = Path(tempfile.mkdtemp(prefix="pbc-home-", dir="/tmp"))
    name = f"chaos_{os.urandom(4).hex()}"
    with closing(postgres.connect()) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    site = Site(home, postgres, name, weather)
    try:
        upgrade(site.database)
        yield site
    finally:
        site.stop()
        if not keep:
            shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
