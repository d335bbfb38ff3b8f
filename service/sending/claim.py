"""Lease a batch, read it, mark a wave of it: the last moment at which a brief can be stopped."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, literal, select, true, update
from sqlalchemy.orm import Session, aliased, joinedload

from service.audience.models import Subscriber, Subscription, SubscriptionStatus, Suppression
from service.db.time import database_now
from service.editions.models import Batch, BatchState, Brief, Edition, EditionState
from service.ledger.models import Wave
from service.ledger.state import CLAIMABLE, OPEN, DeliveryState
from service.ledger.stops import nothing_stops
from service.rendering.values import Pick, Reader
from service.sending.lease import AnyLease, Lease

_CLAIMABLE = [state.value for state in CLAIMABLE]
_OPEN = [state.value for state in OPEN]
_UNTIL_SWEPT = dt.timedelta(seconds=30)


def lease_batch(
    session: Session, *, owner: str, transport: str, seconds: float, now: dt.datetime
) -> Lease | None:
    """Lease the oldest batch that is ready, or none: also while something stops all claiming."""
    oldest = (
        select(Batch.id)
        .join(Edition, Edition.id == Batch.edition_id)
        .where(
            Batch.state == BatchState.READY.value,
            Batch.next_at <= now,
            Edition.state == EditionState.OPEN.value,
            nothing_stops(transport),
        )
        .order_by(Batch.next_at, Batch.id)
        .limit(1)
        .with_for_update(of=Batch, skip_locked=True)
    )
    row = session.execute(
        update(Batch)
        .where(Batch.id == oldest.scalar_subquery(), Batch.state == BatchState.READY.value)
        .values(
            state=BatchState.LEASED.value,
            owner=owner,
            fence=Batch.fence + 1,
            lease_until=database_now(seconds),
        )
        .returning(Batch.id, Batch.edition_id, Batch.local_date, Batch.fence)
        .execution_options(synchronize_session=False)
    ).first()
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
    open_edition = select(Edition.id).where(
        Edition.id == Batch.edition_id, Edition.state == EditionState.OPEN.value
    )
    done = session.execute(
        update(Batch)
        .where(
            Batch.id == lease.batch_id,
            Batch.owner == lease.owner,
            Batch.fence == lease.fence,
            Batch.state == BatchState.LEASED.value,
            open_edition.exists(),
            true() if transport is None else nothing_stops(transport),
        )
        .values(lease_until=database_now(seconds))
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def edition_of(session: Session, lease: Lease) -> Edition:
    return session.scalars(
        select(Edition).where(Edition.id == lease.edition_id).options(joinedload(Edition.list))
    ).one()


def readers_of(session: Session, lease: Lease) -> dict[int, Reader]:
    """Read the people of a batch who are still to be sent to, now or later, by brief id."""
    rows = session.execute(
        select(Brief, Subscriber.email, Subscriber.name)
        .join(Subscriber, Subscriber.id == Brief.subscriber_id)
        .where(*lease.rows(), Brief.state.in_(_CLAIMABLE))
        .order_by(Brief.id)
    )
    return {brief.id: reader_of(brief, email=email, name=name) for brief, email, name in rows}


def reader_of(brief: Brief, *, email: str, name: str) -> Reader:
    """Return the values a brief is rendered from, as they were frozen."""
    return Reader(
        brief_id=brief.id,
        attempt=brief.attempt + 1,
        local_date=brief.local_date,
        subscription_id=brief.subscription_id,
        subscriber_id=brief.subscriber_id,
        email=email,
        name=name,
        hour=brief.hour,
        frequency=brief.frequency,
        date_header=brief.created_at,
        picks=[Pick(*pick) for pick in brief.picks],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWave:
    """A wave about to be marked; its id is made by the worker, so that it can look for it."""

    id: str
    journal: str | None
    transport: str
    size: int  # at most
    lease_seconds: float  # a whole SMTP dialogue with its longest waits; renewed on progress


def mark_wave(session: Session, lease: Lease, wave: NewWave, *, now: dt.datetime) -> dict[int, int]:
    """Mark up to `wave.size` briefs as sending; return their attempt numbers by brief id.

    Suppression and unsubscribing win inside the marking statement; such a brief ends here.
    """
    session.execute(
        update(Brief)
        .where(*_claimable(Brief, lease, now), ~_is_active(Brief) | _is_suppressed(Brief))
        .values(
            state=case(
                (_is_suppressed(Brief), DeliveryState.SUPPRESSED.value),
                else_=DeliveryState.CANCELLED.value,
            ),
            reason=case((_is_suppressed(Brief), "suppressed"), else_="no_longer_subscribed"),
            settled_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    other = aliased(Brief)
    first = select(other.id).where(*_claimable(other, lease, now)).order_by(other.id)
    rows = session.execute(
        update(Brief)
        .where(
            *_claimable(Brief, lease, now),
            Brief.id.in_(first.limit(wave.size)),
            _is_active(Brief),
            ~_is_suppressed(Brief),
        )
        .values(
            state=DeliveryState.SENDING.value,
            wave_id=wave.id,
            attempt=Brief.attempt + 1,
            transport=wave.transport,
        )
        .returning(Brief.id, Brief.attempt)
        .execution_options(synchronize_session=False)
    ).all()
    if rows:
        open_wave(session, lease, wave, size=len(rows), now=now)
    return {row.id: row.attempt for row in sorted(rows)}


def open_wave(
    session: Session, lease: AnyLease, wave: NewWave, *, size: int, now: dt.datetime
) -> None:
    """Write the wave itself, in the transaction that marks its rows."""
    batch = lease if isinstance(lease, Lease) else None
    session.add(
        Wave(
            id=wave.id,
            batch_id=batch and batch.batch_id,
            edition_id=batch and batch.edition_id,
            local_date=batch and batch.local_date,
            worker=lease.owner,
            journal=wave.journal,
            transport=wave.transport,
            size=size,
            started_at=now,
            lease_until=database_now(wave.lease_seconds),
        )
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
    next_at, still_open, last_expiry = session.execute(
        select(
            func.min(case((Brief.state.in_(_CLAIMABLE) & (Brief.expires_at > now), Brief.next_at))),
            func.count(case((Brief.state.in_(_OPEN), 1))),
            func.max(Brief.expires_at),
        ).where(*lease.rows())
    ).one()
    session.execute(
        update(Batch)
        .where(Batch.id == lease.batch_id, Batch.owner == lease.owner, Batch.fence == lease.fence)
        .values(
            state=(BatchState.READY if still_open else BatchState.DONE).value,
            owner=None,
            lease_until=None,
            next_at=next_at or max(last_expiry or now, now + _UNTIL_SWEPT),
        )
        .execution_options(synchronize_session=False)
    )


def _claimable(brief: type[Brief], lease: Lease, now: dt.datetime) -> Sequence[ColumnElement[bool]]:
    return (
        *lease.rows(brief),
        brief.state.in_(_CLAIMABLE),
        brief.next_at <= now,
        brief.expires_at > now,
    )


def _is_active(brief: type[Brief]) -> ColumnElement[bool]:
    return (
        select(literal(1))
        .where(
            Subscription.id == brief.subscription_id,
            Subscription.status == SubscriptionStatus.ACTIVE.value,
        )
        .correlate(brief)
        .exists()
    )


def _is_suppressed(brief: type[Brief]) -> ColumnElement[bool]:
    return (
        select(literal(1))
        .where(
            Subscriber.id == brief.subscriber_id,
            Suppression.address_key == Subscriber.address_key,
        )
        .correlate(brief)
        .exists()
    )
