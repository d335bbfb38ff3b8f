"""The doorbell: job names, Celery's settings, and ringing after a commit.

A task carries ids and means "look at the ledger"; losing one, doubling one, or losing the whole
broker costs seconds, never a brief. The numbers in the comments below are rows of the pitfalls
table in docs/architecture.md.

Celery and the broker's client are imported where they are needed: 10 MB, which a web process does
without until it rings or asks how long the queues are.
"""

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from enum import StrEnum
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.orm import Session

from service.config import Settings
from service.errors import UnavailableError
from service.log import log

if TYPE_CHECKING:
    from celery import Celery
    from redis import Redis

PUBLISH_TIMEOUT_SECONDS = 2
VISIBILITY_TIMEOUT_SECONDS = 3600  # longer than any task may run
LONGEST_SOCKET_PATH = 107  # bytes; the kernel's sun_path without its last zero


class Job(StrEnum):
    """Every task there is; a house rule checks that each is registered by the workers."""

    PLAN = "editions.plan"  # who is due? freeze their briefs
    FIRST = "editions.first"  # somebody has just confirmed: plan at once, not at the next tick
    DELIVER = "sending.deliver"  # send what is owed
    SWEEP = "sending.sweep"  # take back what the dead held, expire, close
    UNDERSTAND = "insights.understand"  # read new insights, find what is related


QUEUES = {
    Job.PLAN: "plan",
    Job.FIRST: "plan",
    Job.DELIVER: "send",
    Job.SWEEP: "plan",
    Job.UNDERSTAND: "ingest",
}
TICKING = (Job.PLAN, Job.SWEEP, Job.UNDERSTAND)  # what beat rings for
ALL_QUEUES = ("plan", "send", "events", "ingest")


def celery_settings(settings: Settings) -> dict[str, Any]:
    """Return Celery's configuration; each line answers a fault seen in the field."""
    url = broker_url(settings)
    transport_options = {
        "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
        "socket_connect_timeout": 5,
        "retry_on_timeout": True,
        "global_keyprefix": settings.broker.prefix,
    }
    if not url.startswith("redis+socket"):
        transport_options |= {"socket_keepalive": True, "health_check_interval": 25}
    return {
        "broker_url": url,
        "broker_transport_options": transport_options,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # the default gives up after 100
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "result_accept_content": ["json"],
        "result_backend": None,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_acks_late": False,  # the ledger recovers what is lost, so nothing is redelivered
        "task_reject_on_worker_lost": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_prefetch_multiplier": 1,
        "worker_eta_task_limit": 100,
        "task_time_limit": settings.timing.hard_limit_seconds,
        "task_soft_time_limit": settings.timing.soft_limit_seconds,
        "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
        "worker_soft_shutdown_timeout": 25,
        "worker_max_tasks_per_child": 500,
        "worker_max_memory_per_child": 400_000,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "task_routes": {job.value: {"queue": queue} for job, queue in QUEUES.items()},
        "task_default_queue": "plan",
        "enable_utc": True,
        "timezone": "UTC",
        "beat_max_loop_interval": 5,
        "beat_schedule": {
            job.value: {"task": job.value, "schedule": settings.beat.tick_seconds}
            for job in TICKING
        },
    }


def celery_app(settings: Settings) -> "Celery":
    """Return an app that can publish; the workers add their tasks to one of these."""
    from celery import Celery  # noqa: PLC0415 - see the module

    app = Celery("podbrief", set_as_current=False)
    app.conf.update(celery_settings(settings))
    return app


class Bell(Protocol):
    """What rings, in whatever way."""

    def ring(self, job: Job) -> bool: ...


class Doorbell:
    """Rings for workers; a broker that is away is noted and otherwise ignored (row 23)."""

    def __init__(self, settings: Settings) -> None:
        self._app = celery_app(settings)
        self._settings = settings
        self._bells = {Job.DELIVER: settings.worker.processes}  # one for each that can send

    def ring(self, job: Job) -> bool:
        """Publish the job; return whether the broker took it, within two seconds."""
        from kombu.exceptions import OperationalError  # noqa: PLC0415 - see the module
        from redis import RedisError  # noqa: PLC0415 - see the module

        try:
            with _broker(self._settings) as broker:
                broker.ping()  # a broker that hangs would hold the libraries for four times as long
            with self._app.connection_for_write(connect_timeout=PUBLISH_TIMEOUT_SECONDS) as line:
                line.ensure_connection(max_retries=1, timeout=PUBLISH_TIMEOUT_SECONDS)
                for _ in range(self._bells.get(job, 1)):
                    self._app.send_task(
                        job.value, queue=QUEUES[job], connection=line, retry=False, expires=300
                    )
        except (OperationalError, OSError, RedisError) as error:
            log.info("doorbell_silent", job=job.value, reason=type(error).__name__)
            return False
        return True


def ring_after_commit(session: Session, doorbell: Bell | None, job: Job) -> None:
    """Ring once the rows can be seen by others; never for a transaction that was rolled back."""
    if doorbell is not None:
        session.info.setdefault("after_commit", []).append(partial(doorbell.ring, job))


def broker_url(settings: Settings) -> str:
    """Return where the broker is: as set, or the embedded Valkey's socket of this home."""
    if settings.broker.url is not None:
        return settings.broker.url.get_secret_value()
    return f"redis+socket://{broker_socket(settings.home)}?virtual_host=0"


def broker_socket(home: Path) -> Path:
    """Return the path of the embedded Valkey's socket, the same in every shell for one home."""
    return runtime_folder(home) / "valkey.sock"


@lru_cache(maxsize=8)
def runtime_folder(home: Path) -> Path:
    """Return a short private folder for sockets, made when missing.

    Not under `home`: a socket's path may have 107 bytes, and checkouts lie deep. Raises
    `UnavailableError` when somebody else owns the folder of that name.
    """
    place = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:10]
    folder = Path(tempfile.gettempdir()) / f"podbrief-{os.getuid()}-{place}"
    if len(os.fsencode(folder)) > LONGEST_SOCKET_PATH - 20:
        folder = Path("/tmp") / folder.name  # noqa: S108 - checked below to be ours alone
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise UnavailableError(f"{folder} is not ours alone: remove it, then start again")
    return folder


def queue_lengths(settings: Settings) -> dict[str, int]:
    """Return how many doorbells wait in each queue; raises `UnavailableError` without a broker."""
    from redis import RedisError  # noqa: PLC0415 - see the module

    try:
        with _broker(settings) as client:
            return {
                queue: int(client.llen(f"{settings.broker.prefix}{queue}")) for queue in ALL_QUEUES
            }
    except (RedisError, OSError) as error:
        raise UnavailableError(
            "the broker cannot be reached: start it, or run `podbrief up`, which brings its own"
        ) from error


def _broker(settings: Settings) -> "Redis":
    """Return a plain client that tries once and waits two seconds."""
    from redis import Redis  # noqa: PLC0415 - see the module
    from redis.backoff import NoBackoff  # noqa: PLC0415 - see the module
    from redis.retry import Retry  # noqa: PLC0415 - see the module

    url = broker_url(settings)
    options: dict[str, Any] = {
        "socket_timeout": PUBLISH_TIMEOUT_SECONDS,
        "socket_connect_timeout": PUBLISH_TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    if url.startswith("redis+socket://"):
        path = url.removeprefix("redis+socket://").partition("?")[0]
        return Redis(unix_socket_path=path, **options)
    return Redis.from_url(url, **options)
