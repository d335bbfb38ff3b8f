"""The parts of an installation: their commands, and how each shows that it is ready."""

import http.client
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial

from service.config import Settings
from service.db.database import Database
from service.embedded.child import Part
from service.embedded.valkey import valkey_part
from service.errors import UnavailableError
from service.jobs import ALL_QUEUES, runtime_folder
from service.ledger.heartbeats import alive
from service.ledger.models import Heartbeat

PROBE_SECONDS = 2.0
READY_SECONDS = 60
SILENT_SECONDS = 120  # a worker that shows no life for so long is started again
WORKER_STOP_SECONDS = 45  # Celery's own soft shutdown takes up to 25


def servers(settings: Settings) -> list[Part]:
    """Return what must answer before the store is touched: our broker, our mail catcher."""
    found = []
    if settings.broker.url is None:
        found.append(valkey_part(settings.home))
    if settings.uses_catcher:
        found.append(catcher_part(settings))
    return found


def catcher_part(settings: Settings) -> Part:
    host = settings.catcher.host
    ports = (settings.catcher.smtp_port, settings.catcher.inbox_port)
    return Part(
        name="catcher",
        command=(sys.executable, "-m", "service.embedded.run", "catcher"),
        is_ready=lambda: all(_listens(host, port) for port in ports),
        stop_seconds=15,
    )


def worker_part(settings: Settings, database: Database, *, processes: int) -> Part:
    return Part(
        name="worker",
        command=tuple(worker_command(settings, processes=processes)),
        environment=worker_environment(processes=processes),
        is_ready=lambda: _asked(database, _a_worker_lives),
        is_stuck=lambda: _asked(database, _workers_are_silent),
        stop_seconds=WORKER_STOP_SECONDS,
        # Even then it may finish the mails it has begun.
        orphan_signal=signal.SIGTERM,
    )


def beat_part(settings: Settings) -> Part:
    return Part(name="beat", command=tuple(beat_command(settings)))


def web_part(settings: Settings) -> Part:
    return Part(
        name="web",
        command=(sys.executable, "-m", "service.embedded.run", "web"),
        is_ready=partial(_is_live, settings.web.host, settings.web.port),
    )


def worker_command(settings: Settings, *, processes: int) -> list[str]:
    """Return the Celery worker's command; run it in `worker_environment`."""
    # Celery warns root because of pickle; we take JSON only.
    quiet = ("-W", "ignore:You're running the worker with superuser privileges")
    return [
        *(sys.executable, *quiet, "-m", "celery", "--quiet", "-A", "workers.app", "worker"),
        *("--pool", "prefork", "--concurrency", str(processes), "--queues", ",".join(ALL_QUEUES)),
        # Chatter between workers costs connections that leak, and nobody here listens to it.
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        *("--loglevel", settings.log.level, "--hostname", f"podbrief-{os.urandom(3).hex()}@%h"),
    ]


def worker_environment(*, processes: int) -> dict[str, str]:
    return {
        "PODBRIEF_WORKER_PROCESSES": str(processes),  # by which they share the transport's limits
        # SIGTERM then means: finish what is begun, give the rest back, within the soft shutdown.
        "REMAP_SIGTERM": "SIGQUIT",
        # Our matrices are small: numpy's own threads would spin on the cores of other workers.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def beat_command(settings: Settings) -> list[str]:
    """Return beat's command; its file may be lost, since the store knows what was done."""
    schedule = runtime_folder(settings.home) / "beat-schedule"
    return [
        *(sys.executable, "-m", "celery", "--quiet", "-A", "workers.app", "beat"),
        *("--schedule", str(schedule), "--pidfile=", "--loglevel", settings.log.level),
    ]


def _asked(database: Database, question: Callable[[Database], bool]) -> bool:
    with suppress(UnavailableError):  # a store that is away says nothing about the worker
        return question(database)
    return False


def _a_worker_lives(database: Database) -> bool:
    return bool(_seen_here(database, within_seconds=READY_SECONDS))


def _workers_are_silent(database: Database) -> bool:
    return not _seen_here(database, within_seconds=SILENT_SECONDS)


def _seen_here(database: Database, *, within_seconds: float) -> list[Heartbeat]:
    host = socket.gethostname()[:80]
    with database.reading() as session:
        lately = alive(session, kind="worker", within_seconds=within_seconds)
    return [heartbeat for heartbeat in lately if heartbeat.host == host]


def _listens(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), timeout=PROBE_SECONDS):
        return True
    return False


def _is_live(host: str, port: int) -> bool:
    with (
        suppress(OSError, http.client.HTTPException),
        closing(http.client.HTTPConnection(host, port, timeout=PROBE_SECONDS)) as connection,
    ):
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.client.OK
    return False
