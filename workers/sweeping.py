"""One sweep, as beat's task and the pollers run it: whoever comes first when it is time."""

import datetime as dt

from service.feedback.evidence import settle_by_events
from service.feedback.look_after import EVERY_SECONDS, look_after_readers
from service.feedback.notice_evidence import settle_notices_by_events
from service.feedback.prune import prune_ledger
from service.feedback.visits import prune_visits
from service.ledger.heartbeats import take_turn
from service.privacy.erase import Eraser
from service.sending.resolve import resolve_doubts
from service.sending.sweep import sweep
from workers.context import WorkerContext


def sweep_in_turn(here: WorkerContext) -> bool:
    """Sweep when no process has done so for a while; return whether it was our turn."""
    with here.database.transaction() as session:
        is_ours = take_turn(session, deed="sweep", every_seconds=here.settings.timing.sweep_seconds)
    if is_ours:
        sweep_here(here)
    return is_ours


def sweep_here(here: WorkerContext) -> None:
    """Replay journals, take back what the dead held, ask about doubts, erase who wants it."""
    now = here.clock.now()
    here.drain.recover()
    settle_by_events(here.database, now=now)  # evidence goes before deadlines
    settle_notices_by_events(here.database, now=now)
    sweep(here.database, now=now)
    resolve_doubts(
        here.database,
        here.drain.sender.transport,
        now=now,
        after=dt.timedelta(seconds=here.settings.timing.look_up_seconds),
    )
    with here.database.transaction() as session:
        is_time = take_turn(session, deed="readers", every_seconds=EVERY_SECONDS)
    if is_time:
        look_after_readers(here.database, now=now)
        prune_ledger(here.database, now=now)
    Eraser(here.settings.signing_keys()).erase_due(here.database, now=now)
    prune_visits(here.database, before=now - dt.timedelta(days=here.settings.visits.retention_days))
