"""Take back what the dead held, end what is too late, close what is over.

Safe to run anywhere at any time, any number of times: every step is a guarded update.
"""

import datetime as dt

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from service.db.database import Database
from service.db.time import database_now
from service.editions.close import close_ended
from service.editions.models import Batch, BatchState, Brief
from service.ledger.heartbeats import forget_the_dead
from service.ledger.models import Wave, WaveEnd
from service.ledger.state import CLAIMABLE, OPEN, DeliveryState
from service.log import log


def sweep(database: Database, *, now: dt.datetime) -> dict[str, int]:
    """Run every step in a short transaction of its own; return what each came to."""
    found = {}
    for step in (_waves_of_the_dead, _batches_of_the_dead, _expired, _finished):
        with database.transaction() as session:
            found[step.__name__.strip("_")] = step(session, now)
    with database.transaction() as session:
        found["closed"] = close_ended(session, now=now)
        forget_the_dead(session)
    if any(found.values()):
        log.info("swept", **found)
    return found


def _waves_of_the_dead(session: Session, now: dt.datetime) -> int:
    """Put what was marked and never settled in doubt: its worker died or lost its host."""
    waves = session.execute(
        select(Wave.id, Wave.local_date, Wave.edition_id, Wave.batch_id).where(
            Wave.settled_at.is_(None), Wave.lease_until < database_now()
        )
    ).all()
    for wave in waves:
        session.execute(
            update(Brief)
            .where(
                Brief.local_date == wave.local_date,
                Brief.edition_id == wave.edition_id,
                Brief.batch_id == wave.batch_id,
                Brief.wave_id == wave.id,
                Brief.state == DeliveryState.SENDING.value,
            )
            .values(state=DeliveryState.IN_DOUBT.value, reason="worker_lost")
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(Wave)
            .where(Wave.id == wave.id)
            .values(settled_at=now, ended_by=WaveEnd.SWEEPER.value)
        )
    return len(waves)


def _batches_of_the_dead(session: Session, now: dt.datetime) -> int:
    """Make batches whose lease has run out ready again; the fence keeps the late owner out."""
    done = session.execute(
        update(Batch)
        .where(Batch.state == BatchState.LEASED.value, Batch.lease_until < database_now())
        .values(
            state=BatchState.READY.value,
            owner=None,
            lease_until=None,
            fence=Batch.fence + 1,
            next_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def _expired(session: Session, now: dt.datetime) -> int:
    """End what has passed its deadline: unsent ones expire, doubtful ones stay unknown."""
    ended = 0
    for before, after in (
        (CLAIMABLE, DeliveryState.EXPIRED),
        ({DeliveryState.IN_DOUBT}, DeliveryState.UNKNOWN),
    ):
        done = session.execute(
            update(Brief)
            .where(
                Brief.local_date.in_(select(Batch.local_date).where(_open_batch()).distinct()),
                Brief.batch_id.in_(select(Batch.id).where(_open_batch())),
                Brief.edition_id.in_(select(Batch.edition_id).where(_open_batch()).distinct()),
                Brief.state.in_([state.value for state in before]),
                Brief.expires_at <= now,
            )
            .values(state=after.value, settled_at=now)
            .execution_options(synchronize_session=False)
        )
        ended += int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows
    return ended


def _finished(session: Session, _now: dt.datetime) -> int:
    """Mark ready batches done in which nothing is open any more."""
    still_open = (
        select(Brief.id)
        .where(
            Brief.local_date == Batch.local_date,
            Brief.edition_id == Batch.edition_id,
            Brief.batch_id == Batch.id,
            Brief.state.in_([state.value for state in OPEN]),
        )
        .exists()
    )
    done = session.execute(
        update(Batch)
        .where(Batch.state == BatchState.READY.value, ~still_open)
        .values(state=BatchState.DONE.value)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def _open_batch() -> ColumnElement[bool]:
    return Batch.state != BatchState.DONE.value
