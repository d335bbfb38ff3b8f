"""Settle what dead processes left: their journals say what was begun and what was answered.

Only journals whose lock is free are read, never judged by pid or age: a frozen process keeps its
lock, so nobody settles behind its back. A file goes only after the commit that settled its waves.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from service.db.database import Database
from service.editions.models import Batch, BatchState, Brief
from service.ledger.models import Wave, WaveEnd
from service.ledger.state import DeliveryState
from service.log import log
from service.sending.claim import Lease
from service.sending.hand_over import KIND
from service.sending.journal import AttemptId, FoundJournal, journals_of_the_dead
from service.sending.outcome import Outcome, Verdict
from service.sending.settle import settle_wave


def recover(database: Database, folder: Path, *, now: dt.datetime, steps: Sequence[float]) -> int:
    """Replay the journals of the dead on this machine; return how many waves were settled."""
    settled = 0
    for journal in journals_of_the_dead(folder):
        done = False
        try:
            with database.transaction() as session:
                for wave in _unsettled(session, journal.id):
                    _settle(session, wave, journal, now=now, steps=steps)
                    settled += 1
            done = True
        finally:
            journal.close(remove=done)
    if settled:
        log.info("journals_replayed", waves=settled)
    return settled


def _unsettled(session: Session, journal_id: str) -> list[Wave]:
    """Return the waves a journal can still say something about: open, or only swept."""
    return list(
        session.scalars(
            select(Wave).where(
                Wave.journal == journal_id,
                or_(Wave.settled_at.is_(None), Wave.ended_by == WaveEnd.SWEEPER.value),
            )
        )
    )


def _settle(
    session: Session,
    wave: Wave,
    journal: FoundJournal,
    *,
    now: dt.datetime,
    steps: Sequence[float],
) -> None:
    rows = session.execute(
        select(Brief.id, Brief.attempt).where(
            Brief.local_date == wave.local_date,
            Brief.edition_id == wave.edition_id,
            Brief.batch_id == wave.batch_id,
            Brief.wave_id == wave.id,
            Brief.state.in_([DeliveryState.SENDING.value, DeliveryState.IN_DOUBT.value]),
        )
    )
    outcomes = [_outcome(AttemptId(KIND, row.id, row.attempt), journal) for row in rows]
    lease = Lease(
        batch_id=wave.batch_id,
        edition_id=wave.edition_id,
        local_date=wave.local_date,
        owner=wave.worker,
        fence=0,
    )
    session.execute(
        update(Batch)
        .where(
            Batch.id == wave.batch_id,
            Batch.owner == wave.worker,
            Batch.state == BatchState.LEASED.value,
        )
        .values(
            state=BatchState.READY.value,
            owner=None,
            lease_until=None,
            fence=Batch.fence + 1,
            next_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    settle_wave(
        session,
        lease,
        wave_id=wave.id,
        outcomes=outcomes,
        now=now,
        steps=steps,
        ended_by=WaveEnd.JOURNAL,
    )


def _outcome(attempt: AttemptId, journal: FoundJournal) -> Outcome:
    """Return what the journal knows of one attempt."""
    if attempt in journal.replies:
        return journal.replies[attempt]
    if attempt in journal.begun or not journal.may_be_believed:
        stage = "cut" if attempt in journal.begun else "lost"
        return _bare(attempt, Verdict.IN_DOUBT, stage)
    return _bare(attempt, Verdict.NOT_BEGUN, "journal")


def _bare(attempt: AttemptId, verdict: Verdict, stage: str) -> Outcome:
    return Outcome(
        delivery_id=attempt.delivery_id, attempt=attempt.attempt, verdict=verdict, stage=stage
    )
