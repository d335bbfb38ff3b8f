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
from service.editions.models import Batch, BatchState
from service.ledger.models import Wave, WaveEnd
from service.ledger.state import DeliveryState
from service.log import log
from service.sending.journal import AttemptId, FoundJournal, KnownWave, journals_of_the_dead
from service.sending.known_waves import keep_newest
from service.sending.lease import AnyLease, Lease, lease_of
from service.sending.outcome import Outcome, Verdict
from service.sending.safe_mode import look_back
from service.sending.settle import settle_wave


def recover(
    database: Database,
    folder: Path,
    *,
    now: dt.datetime,
    steps: Sequence[float],
    transport: str | None = None,
) -> int:
    """Replay the journals of the dead on this machine; return how many waves were settled."""
    settled = 0
    found = journals_of_the_dead(folder)
    try:
        while found:
            with database.transaction() as session:
                look_back(session, found[-1], transport=transport, now=now)
                for wave in _unsettled(session, found[-1].id):
                    _settle(session, wave, found[-1], now=now, steps=steps)
                    settled += 1
            is_kept = _is_kept(folder, found[-1].waves[-1:])
            found.pop().close(remove=is_kept)
    finally:  # the store went away: a lock that is kept would keep everybody from these for good
        for journal in found:
            journal.close(remove=False)
    if settled:
        log.info("journals_replayed", waves=settled)
    return settled


def _is_kept(folder: Path, waves: Sequence[KnownWave]) -> bool:
    """Keep what is known of a journal's last wave; without room for that the journal stays."""
    try:
        keep_newest(folder, waves)
    except OSError as error:
        log.warning("last_wave_not_kept", folder=str(folder), reason=error.strerror)
        return False
    return True


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
    lease = lease_of(wave)
    table = lease.table
    rows = session.execute(
        select(table.id, table.attempt).where(
            *lease.rows(),
            table.wave_id == wave.id,
            table.state.in_([DeliveryState.SENDING.value, DeliveryState.IN_DOUBT.value]),
        )
    )
    outcomes = [_outcome(AttemptId(lease.kind, row.id, row.attempt), journal) for row in rows]
    _give_batches_back(session, lease, now=now)
    settle_wave(
        session,
        lease,
        wave_id=wave.id,
        outcomes=outcomes,
        now=now,
        steps=steps,
        ended_by=WaveEnd.JOURNAL,
    )


def _give_batches_back(session: Session, lease: AnyLease, *, now: dt.datetime) -> None:
    """Make the wave's batch ready; whoever sent notices may have held any batch meanwhile."""
    held = [Batch.id == lease.batch_id] if isinstance(lease, Lease) else []
    session.execute(
        update(Batch)
        .where(*held, Batch.owner == lease.owner, Batch.state == BatchState.LEASED.value)
        .values(
            state=BatchState.READY.value,
            owner=None,
            lease_until=None,
            fence=Batch.fence + 1,
            next_at=now,
        )
        .execution_options(synchronize_session=False)
    )


def _outcome(attempt: AttemptId, journal: FoundJournal) -> Outcome:
    """Return what the journal knows of one attempt."""
    if attempt in journal.replies:
        return journal.replies[attempt]
    if attempt in journal.begun or not journal.may_be_believed:
        stage = "content" if attempt in journal.begun else "journal"
        return _bare(attempt, Verdict.IN_DOUBT, stage)
    return _bare(attempt, Verdict.NOT_BEGUN, "journal")


def _bare(attempt: AttemptId, verdict: Verdict, stage: str) -> Outcome:
    return Outcome(
        delivery_id=attempt.delivery_id, attempt=attempt.attempt, verdict=verdict, stage=stage
    )
