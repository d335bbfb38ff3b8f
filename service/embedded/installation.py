"""Run a whole installation from one command: its servers, its schema, its workers, its site."""

import fcntl
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from service.config import Settings
from service.db.database import Database
from service.db.migrate import upgrade
from service.embedded.child import Part
from service.embedded.parts import beat_part, servers, web_part, worker_part
from service.embedded.ports import Address, addresses, settled
from service.embedded.supervisor import OWN_NAME, Say, Supervisor
from service.errors import ConflictError, UnavailableError
from service.jobs import runtime_folder

LOCK_FILE = "up.lock"
STORE_SECONDS = 60.0  # a server that starts with us may be the slower
STORE_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What of an installation is to run here."""

    with_web: bool = True
    with_beat: bool = True
    processes: int | None = None  # None: as the settings say


class Installation:
    """All parts of one state folder, running until it is closed."""

    def __init__(self, settings: Settings, *, say: Say, wishes: Wishes) -> None:
        self.settings = settings
        self.database = Database(settings.database_url, pool_size=settings.database.pool_size)
        self.supervisor = Supervisor(say)
        self._say = say
        self._wishes = wishes

    def start(self, stop: threading.Event) -> bool:
        """Bring everything up; False when `stop` was set before it was done."""
        if not self.open_store(stop):
            return False
        self.start_work()
        return self.supervisor.wait_until_ready(stop)

    def open_store(self, stop: threading.Event) -> bool:
        """Bring the servers up and the schema to its newest; False when `stop` was set before.

        Raises `UnavailableError` when the store does not answer within a minute.
        """
        self.supervisor.start(*servers(self.settings))
        if not self.supervisor.wait_until_ready(stop) or not self._store_answers(stop):
            return False
        upgrade(self.database)
        return True

    def start_work(self) -> None:
        """Start worker, beat and site, and do not wait for them."""
        self.supervisor.start(*self._working_parts())

    def close(self) -> None:
        """Stop everything, and leave nothing behind outside the state folder."""
        self.supervisor.stop()
        self.database.dispose()
        if self.settings.broker.url is None:
            shutil.rmtree(runtime_folder(self.settings.home), ignore_errors=True)

    def _store_answers(self, stop: threading.Event) -> bool:
        deadline = time.monotonic() + STORE_SECONDS
        last_said = ""
        while not stop.is_set():
            try:
                self.database.ping()
            except UnavailableError as error:
                if time.monotonic() > deadline:
                    raise
                if str(error) != last_said:
                    last_said = str(error)
                    self._say(OWN_NAME, f"{last_said} (trying again)")
                stop.wait(STORE_PAUSE_SECONDS)
            else:
                return True
        return False

    def _working_parts(self) -> list[Part]:
        processes = self._wishes.processes or self.settings.worker.processes
        parts = [worker_part(self.settings, self.database, processes=processes)]
        if self._wishes.with_beat:
            parts.append(beat_part(self.settings))
        if self._wishes.with_web:
            parts.append(web_part(self.settings))
        return parts


def with_real_ports(
    settings: Settings, *, with_web: bool, may_move: bool = False
) -> tuple[Settings, list[Address]]:
    """Return settings whose ports are free, and those that had to move.

    The ports go into our environment too, which the parts inherit.
    """
    wanted = addresses(settings, with_web=with_web)
    found = settled(wanted, may_move=may_move)
    changes: dict[str, dict[str, int]] = {"web": {}, "catcher": {}}
    for address in found:
        os.environ[address.setting] = str(address.port)
        _, group, name = address.setting.lower().split("_", 2)
        changes[group][name] = address.port
    moved = [new for old, new in zip(wanted, found, strict=True) if old.port and old != new]
    return settings.model_copy(
        update={
            "web": settings.web.model_copy(update=changes["web"]),
            "catcher": settings.catcher.model_copy(update=changes["catcher"]),
        }
    ), moved


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the folder for this process alone.

    Raises `ConflictError` when another `podbrief up` or `podbrief demo` holds it.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)  # addresses are in it
    with (home / LOCK_FILE).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise ConflictError(
                f"podbrief already runs for {home} (process {holder}): stop it first, "
                "or set PODBRIEF_HOME to another folder"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def asked_to_stop(supervisor: Supervisor) -> Iterator[threading.Event]:
    """Give the event that SIGINT, SIGTERM and SIGHUP set; a second one waits for nothing."""
    stop = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            supervisor.hurry()
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
