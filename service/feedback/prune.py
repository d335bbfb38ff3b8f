"""Let go of what only looking back needs: old waves, tries and events, a little at a time."""

import datetime as dt

from sqlalchemy import Delete, delete, func, select
from sqlalchemy.orm import Session

from service.db.database import Database
from service.feedback.event_models import DeliveryEvent
from service.ledger.models import Attempt, Wave

KEPT = dt.timedelta(days=180)
AT_ONCE = 5_000  # rows of each kind in one transaction: nobody waits long for a sweep


def prune_ledger(database: Database, *, now: dt.datetime, kept: dt.timedelta = KEPT) -> int:
    """Delete what is older than `kept`; return how many rows that were.

    The briefs themselves stay. The last wave of each machine stays too, however old: a machine that
    was idle for a year still knows it, and would take a store without it for one that was restored.
    """
    before = now - kept
    gone = 0
    for step in (_waves, _attempts, _events):
        with database.transaction() as session:
            gone += step(session, before)
    return gone


def _waves(session: Session, before: dt.datetime) -> int:
    lasts: dict[str, dt.datetime] = {}  # by machine
    rows = session.execute(select(Wave.worker, func.max(Wave.started_at)).group_by(Wave.worker))
    for worker, started_at in rows:
        machine = worker.partition(":")[0]
        lasts[machine] = max(started_at, lasts.get(machine, started_at))
    old = (
        select(Wave.id)
        .where(Wave.settled_at < before, Wave.started_at.not_in(list(lasts.values())))
        .limit(AT_ONCE)
    )
    return _rows_of(session, delete(Wave).where(Wave.id.in_(old)))


def _attempts(session: Session, before: dt.datetime) -> int:
    oldest = session.scalar(select(func.min(Attempt.local_date)))
    if oldest is None or oldest >= before.date():
        return 0
    return _rows_of(session, delete(Attempt).where(Attempt.local_date == oldest))


def _events(session: Session, before: dt.datetime) -> int:
    oldest = select(DeliveryEvent.id).order_by(DeliveryEvent.id).limit(AT_ONCE)
    statement = delete(DeliveryEvent).where(
        DeliveryEvent.id.in_(oldest), DeliveryEvent.received_at < before
    )
    return _rows_of(session, statement)


def _rows_of(session: Session, statement: Delete) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]  # a DELETE counts its rows
