"""The statements of claiming, each built once: composing one costs ten times what running it does.

What a statement sets beyond what stands here is bound by the name of its column.
"""

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    String,
    Update,
    any_,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    update,
)

from service.audience.models import Subscriber, Subscription, SubscriptionStatus, Suppression
from service.db.base import UtcDateTime
from service.db.columns import NumberArray
from service.db.time import database_now
from service.editions.models import Batch, BatchState, Brief, Edition, EditionState
from service.ledger.models import Wave
from service.ledger.state import CLAIMABLE, OPEN, DeliveryState
from service.ledger.stops import nothing_stops
from service.sending.lease import rows_of_batch

_CLAIMABLE = sorted(state.value for state in CLAIMABLE)
_OPEN = sorted(state.value for state in OPEN)
_now = bindparam("now", type_=UtcDateTime())


def _claimable(brief: type[Brief]) -> Sequence[ColumnElement[bool]]:
    return (
        *rows_of_batch(brief),
        brief.state.in_(_CLAIMABLE),
        brief.next_at <= _now,
        brief.expires_at > _now,
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


def _held() -> Sequence[ColumnElement[bool]]:
    return (
        Batch.id == bindparam("batch", type_=BigInteger()),
        Batch.owner == bindparam("held_by", type_=String()),
        Batch.fence == bindparam("held_fence", type_=Integer()),
    )


LEASE = (
    update(Batch)
    .where(
        Batch.id
        == select(Batch.id)
        .join(Edition, Edition.id == Batch.edition_id)
        .where(
            Batch.state == BatchState.READY.value,
            Batch.next_at <= _now,
            Edition.state == EditionState.OPEN.value,
            nothing_stops(),
        )
        .order_by(Batch.next_at, Batch.id)
        .limit(1)
        .with_for_update(of=Batch, skip_locked=True)
        .scalar_subquery(),
        Batch.state == BatchState.READY.value,
    )
    .values(
        state=BatchState.LEASED.value,
        fence=Batch.fence + 1,
        lease_until=database_now("lease_seconds"),
    )
    .returning(Batch.id, Batch.edition_id, Batch.local_date, Batch.fence)
)
RENEW = (
    update(Batch)
    .where(
        *_held(),
        Batch.state == BatchState.LEASED.value,
        select(Edition.id)
        .where(Edition.id == Batch.edition_id, Edition.state == EditionState.OPEN.value)
        .exists(),
    )
    .values(lease_until=database_now("lease_seconds"))
)
RENEW_TO_CLAIM = RENEW.where(nothing_stops())


def _mark(is_in_wave: ColumnElement[bool]) -> Update:
    return (
        update(Brief)
        .where(
            Brief.local_date == bindparam("of_date", type_=Date()),
            is_in_wave,
            Brief.state.in_(_CLAIMABLE),
            Brief.next_at <= _now,
            Brief.expires_at > _now,
            _is_active(Brief),
            ~_is_suppressed(Brief),
        )
        .values(state=DeliveryState.SENDING.value, attempt=Brief.attempt + 1)
        .returning(Brief.id, Brief.attempt)
    )


# Rows are found by their key alone: a planner that has no figures of a young partition would else
# compare every row of the batch with every row of the wave. PostgreSQL is bound to an array of
# `ids`, SQLite to a JSON text of them.
MARK = _mark(Brief.id == any_(bindparam("ids", type_=NumberArray(BigInteger()))))
MARK_ON_SQLITE = _mark(
    Brief.id.in_(
        select(func.json_each(bindparam("ids", type_=String())).table_valued("value").c.value)
    )
)
STOP = (
    update(Brief)
    .where(*_claimable(Brief), ~_is_active(Brief) | _is_suppressed(Brief))
    .values(
        state=case(
            (_is_suppressed(Brief), DeliveryState.SUPPRESSED.value),
            else_=DeliveryState.CANCELLED.value,
        ),
        reason=case((_is_suppressed(Brief), "suppressed"), else_="no_longer_subscribed"),
        settled_at=_now,
    )
)
OPEN_WAVE = insert(Wave).values(lease_until=database_now("wave_seconds"))
WHAT_IS_LEFT = select(
    func.min(case((Brief.state.in_(_CLAIMABLE) & (Brief.expires_at > _now), Brief.next_at))),
    func.count(case((Brief.state.in_(_OPEN), 1))),
    func.max(Brief.expires_at),
).where(*rows_of_batch(Brief))
GIVE_BACK = update(Batch).where(*_held()).values(owner=None, lease_until=None)
