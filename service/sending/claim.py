"""Lease a batch, mark waves of it, give it back: the last moments at which a brief can be stopped.

The statements themselves stand in `service.sending.claim_sql`.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from service.db.time import database_now
from service.editions.models import BatchState, Brief
from service.ledger.models import Wave
from service.ledger.state import DeliveryState
from service.ledger.stops import as_route
from service.sending import claim_sql
from service.sending.lease import AnyLease, Lease

_UNTIL_SWEPT = dt.timedelta(seconds=30)


def lease_batch(
    session: Session, *, owner: str, transport: str, seconds: float, now: dt.datetime
) -> Lease | None:
    """Lease the oldest batch that is ready, or none: also while something stops all claiming."""
    row = (
        session.connection()
        .execute(
            claim_sql.LEASE,
            {
                "now": now,
                "owner": owner,
                "lease_seconds": seconds,
                "route": as_route(transport),
            },
        )
        .first()
    )
    if row is None:
        return None
    return Lease(
        batch_id=row.id,
        edition_id=row.edition_id,
        local_date=row.local_date,
        owner=owner,
        fence=row.fence,
    )


def renew(session: Session, lease: Lease, *, seconds: float, transport: str | None = None) -> bool:
    """Prolong the lease; False when the batch is no longer ours, or its edition stopped.

    Name the transport to claim more: then False also while something stops all claiming.
    """
    held = {
        "batch": lease.batch_id,
        "held_by": lease.owner,
        "held_fence": lease.fence,
        "lease_seconds": seconds,
    }
    if transport is None:
        done = session.connection().execute(claim_sql.RENEW, held)
    else:
        route = {"route": as_route(transport)}
        done = session.connection().execute(claim_sql.RENEW_TO_CLAIM, held | route)
    return bool(done.rowcount)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWave:
    """A wave about to be marked; its id is made by the worker, so that it can look for it."""

    id: str
    journal: str | None
    transport: str
    size: int  # at most
    lease_seconds: float  # a whole SMTP dialogue with its longest waits; renewed on progress


def mark_wave(
    session: Session, lease: Lease, wave: NewWave, *, among: Sequence[int], now: dt.datetime
) -> dict[int, int]:
    """Mark the first briefs `among` those of the batch; return their attempt numbers by brief id.

    At most `wave.size`. Suppression and unsubscribing win inside the marking statement. Whoever
    they stopped is found when a wave comes out short, or when none is left, and ends there.
    """
    rows: Sequence[Row[int, int]] = ()
    wanted: Sequence[int] = ()
    for start in range(0, len(among), wave.size):
        wanted = among[start : start + wave.size]
        rows = _mark_these(session, lease, wave, wanted, now=now)
        if rows:
            break
    if not rows or len(rows) < len(wanted):
        session.connection().execute(claim_sql.STOP, {**lease.values(), "now": now})
    if rows:
        open_wave(session, lease, wave, size=len(rows), now=now)
    return dict(sorted((brief_id, attempt) for brief_id, attempt in rows))


def _mark_these(
    session: Session, lease: Lease, wave: NewWave, ids: Sequence[int], *, now: dt.datetime
) -> Sequence[Row[int, int]]:
    values = {
        **lease.partition_values(),
        "now": now,
        "wave_id": wave.id,
        "transport": wave.transport,
    }
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        return connection.execute(claim_sql.MARK, values | {"ids": ids}).all()
    as_text = json.dumps(list(ids))
    return connection.execute(claim_sql.MARK_ON_SQLITE, values | {"ids": as_text}).all()


def open_wave(
    session: Session, lease: AnyLease, wave: NewWave, *, size: int, now: dt.datetime
) -> None:
    """Write the wave itself, in the transaction that marks its rows."""
    batch = lease if isinstance(lease, Lease) else None
    session.connection().execute(
        claim_sql.OPEN_WAVE,
        {
            "id": wave.id,
            "batch_id": batch and batch.batch_id,
            "edition_id": batch and batch.edition_id,
            "local_date": batch and batch.local_date,
            "worker": lease.owner,
            "journal": wave.journal,
            "transport": wave.transport,
            "size": size,
            "started_at": now,
            "wave_seconds": wave.lease_seconds,
        },
    )


def marked_before(session: Session, lease: Lease, *, wave_id: str) -> dict[int, int]:
    """Return the briefs of a wave whose commit's answer was lost."""
    rows = session.execute(
        select(Brief.id, Brief.attempt).where(
            *lease.rows(),
            Brief.wave_id == wave_id,
            Brief.state == DeliveryState.SENDING.value,
        )
    )
    return {row.id: row.attempt for row in rows}


def renew_wave(
    session: Session, lease: AnyLease, *, wave_id: str, wave_seconds: float, batch_seconds: float
) -> None:
    """Prolong a wave that makes progress, and its batch with it."""
    session.execute(
        update(Wave)
        .where(Wave.id == wave_id, Wave.settled_at.is_(None))
        .values(lease_until=database_now(wave_seconds))
        .execution_options(synchronize_session=False)
    )
    if isinstance(lease, Lease):
        renew(session, lease, seconds=batch_seconds)


def give_back(session: Session, lease: Lease, *, now: dt.datetime) -> None:
    """End the lease: done when nothing of the batch is open, else ready when its next is due.

    What is past its deadline waits for the sweeper, and nobody leases the batch for it meanwhile.
    """
    connection = session.connection()
    next_at, still_open, last_expiry = connection.execute(
        claim_sql.WHAT_IS_LEFT, {**lease.values(), "now": now}
    ).one()
    connection.execute(
        claim_sql.GIVE_BACK,
        {
            "batch": lease.batch_id,
            "held_by": lease.owner,
            "held_fence": lease.fence,
            "state": (BatchState.READY if still_open else BatchState.DONE).value,
            "next_at": next_at or max(last_expiry or now, now + _UNTIL_SWEPT),
        },
    )
