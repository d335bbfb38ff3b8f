"""Take back what the dead held, end what is too late, close what is over.

Safe to run anywhere at any time, any number of times: every step is a guarded update.
"""

import datetime as dt

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.orm import Session

from service.audience.sign_up_prune import (
    budgets_forgotten,
    consent_ips_forgotten,
    unconfirmed_forgotten,
)
from service.db.database import Database
from service.db.time import database_now
from service.editions.close import close_ended
from service.editions.models import Batch, BatchState, Brief
from service.editions.popular import sum_up_closed
from service.ledger.attempts import note_attempts
from service.ledger.heartbeats import forget_the_dead
from service.ledger.models import Wave, WaveEnd
from service.ledger.state import CLAIMABLE, OPEN, DeliveryState
from service.log import log
from service.selection.keep import forget_old_choices
from service.sending.lease import Lease, lease_of
from service.sending.outcome import Verdict
from service.sending.safe_mode import hold_back
from service.sending.some_batches import briefs_of_some
from service.sending.sweep_notices import notices_blanked, notices_expired, notices_sent_again

STEPS_FOR_NOTICES = (notices_sent_again, notices_expired, notices_blanked)
STEPS_FOR_SIGN_UP = (budgets_forgotten, consent_ips_forgotten, unconfirmed_forgotten)


def sweep(database: Database, *, now: dt.datetime) -> dict[str, int]:
    """Run every step in a short transaction of its own; return what each came to."""
    found = {}
    steps = (_held_back, _waves_of_the_dead, _batches_of_the_dead, _expired, _finished, _overdue)
    for step in (*steps, *STEPS_FOR_NOTICES, *STEPS_FOR_SIGN_UP):
        with database.transaction() as session:
            found[step.__name__.strip("_")] = step(session, now)
    with database.transaction() as session:
        found["closed"] = close_ended(session, now=now)
        found["summed_up"] = sum_up_closed(session, now=now)
        forget_the_dead(session)
    with database.transaction() as session:
        found["choices_forgotten"] = forget_old_choices(session, now=now)
    if any(found.values()):
        log.info("swept", **found)
    return found


def _held_back(session: Session, _now: dt.datetime) -> int:
    """While safe mode stands, hold back whoever was due before it and is planned only now."""
    return hold_back(session)


def _waves_of_the_dead(session: Session, now: dt.datetime) -> int:
    """Put what was marked and never settled in doubt: its worker died or lost its host."""
    waves = session.scalars(
        select(Wave).where(Wave.settled_at.is_(None), Wave.lease_until < database_now())
    ).all()
    for wave in waves:
        lease = lease_of(wave)
        table = lease.table
        lost = session.execute(
            update(table)
            .where(
                *lease.rows(),
                table.wave_id == wave.id,
                table.state == DeliveryState.SENDING.value,
            )
            .values(state=DeliveryState.IN_DOUBT.value, reason="worker_lost")
            .returning(table.id, table.attempt)
            .execution_options(synchronize_session=False)
        ).all()
        if isinstance(lease, Lease):
            rows = [
                {
                    "brief_id": row.id,
                    "attempt": row.attempt,
                    "verdict": Verdict.IN_DOUBT.value,
                    "stage": "lease",
                }
                for row in lost
            ]
            note_attempts(session, rows, local_date=lease.local_date, wave_id=wave.id, now=now)
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
    may_end = [state.value for state in (*CLAIMABLE, DeliveryState.IN_DOUBT)]
    is_doubtful = Brief.state == DeliveryState.IN_DOUBT.value
    for some in briefs_of_some(session, _open_batch()):
        done = session.execute(
            update(Brief)
            .where(*some, Brief.state.in_(may_end), Brief.expires_at <= now)
            .values(
                state=case(
                    (is_doubtful, DeliveryState.UNKNOWN.value), else_=DeliveryState.EXPIRED.value
                ),
                settled_at=now,
            )
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


def _overdue(session: Session, now: dt.datetime) -> int:
    """Bring batches forward that hold a brief due before they are.

    Whoever gives a batch back reckons when it is next due while another may settle a late report.
    """
    is_owed = (
        select(Brief.id)
        .where(
            Brief.local_date == Batch.local_date,
            Brief.edition_id == Batch.edition_id,
            Brief.batch_id == Batch.id,
            Brief.state.in_([state.value for state in CLAIMABLE]),
            Brief.next_at <= now,
        )
        .exists()
    )
    done = session.execute(
        update(Batch)
        .where(Batch.state == BatchState.READY.value, Batch.next_at > now, is_owed)
        .values(next_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def _open_batch() -> ColumnElement[bool]:
    return Batch.state != BatchState.DONE.value
