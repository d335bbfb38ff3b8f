"""What the tasks of one process work with; built in the pool child, never before the fork."""

import gc
import os
import secrets
import socket
from dataclasses import dataclass
from threading import Lock

from service.clock import SteadyClock, SystemClock
from service.config import TEMPLATES, Settings, read_settings
from service.db.database import Database
from service.db.open_database import open_database
from service.db.sealed import Sealer
from service.jobs import Doorbell
from service.rendering.notice import NoticeRenderer
from service.sending.breaker import Breaker
from service.sending.dkim_keys import signer_of
from service.sending.drain import Drain
from service.sending.letters import LetterDesk
from service.sending.prepare import RendererShelf
from service.sending.sender import Sender
from service.sending.transports.build import build_transport
from service.tokens import Signer
from workers.stopping import is_stopping

YOUNG_OBJECTS = 20_000  # a collection a batch or so; Python's own 700 is one every few briefs


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """The store, the clock and the drain loop of this process."""

    settings: Settings
    database: Database
    clock: SteadyClock
    drain: Drain
    doorbell: Doorbell


_built: list[WorkerContext] = []
_building = Lock()  # the task's thread and the poller may both come first


def context() -> WorkerContext:
    """Return this process's context, built at the first use."""
    with _building:
        if not _built:
            _built.append(_build())
        return _built[0]


def _build() -> WorkerContext:
    settings = read_settings()
    database = open_database(settings)
    clock = SteadyClock(SystemClock())
    sharers = settings.worker.processes
    sender = Sender(
        name=_name(),
        database=database,
        transport=build_transport(settings, share=sharers),
        shelf=RendererShelf(
            signer=Signer(settings.signing_keys()),
            public_url=settings.public_url,
            unsubscribe_mailto=settings.mail.unsubscribe_mailto,
        ),
        clock=clock,
        lease_seconds=settings.worker.lease_seconds,
        wave_seconds=settings.worker.wave_seconds,
        journals=settings.home / "journals",
        sync_journal=settings.journal.fsync,
        timing=settings.timing,
        breaker=Breaker(
            first_pause=settings.timing.route_pause_seconds,
            longest_pause=settings.timing.longest_route_pause_seconds,
        ),
        bounce_address=settings.mail.bounce_address,
        desk=LetterDesk(
            renderer=NoticeRenderer(TEMPLATES / "email"),
            signer=Signer(settings.signing_keys()),
            sealer=Sealer(settings.signing_keys()),
            public_url=settings.public_url,
            from_address=settings.mail.from_address,
        ),
        dkim=signer_of(settings),
        should_stop=is_stopping,
    )
    drain = Drain(
        sender,
        transport_for=lambda share: build_transport(settings, share=share),
        sharers=sharers,
        least_sharers=sharers,
    )
    _spare_the_collector()
    return WorkerContext(settings, database, clock, drain, Doorbell(settings))


def _spare_the_collector() -> None:
    """Let it pass over what stays for good, and come by less often: a wave makes no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 50, 100)


def _name() -> str:
    """Return a name no other process has, nor had: pids come round again."""
    return f"{socket.gethostname()[:50]}:{os.getpid()}:{secrets.token_hex(3)}"
