"""One sweep, as beat's task and the pollers run it."""

import datetime as dt

from service.feedback.evidence import settle_by_events
from service.sending.resolve import resolve_doubts
from service.sending.sweep import sweep
from workers.context import WorkerContext


def sweep_here(here: WorkerContext) -> None:
    """Replay journals, take back what the dead held, ask about doubts."""
    now = here.clock.now()
    here.drain.recover()
    settle_by_events(here.database, now=now)  # evidence goes before deadlines
    sweep(here.database, now=now)
    resolve_doubts(
        here.database,
        here.drain.sender.transport,
        now=now,
        after=dt.timedelta(seconds=here.settings.timing.look_up_seconds),
    )
