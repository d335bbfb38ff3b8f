"""Settle notices in doubt by what a provider tells of them, however early it told it.

A notice that is owed once more stays owed: its second copy may go out, and does no harm.
"""

import datetime as dt

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from service.db.database import Database
from service.feedback.event_models import Applied, DeliveryEvent
from service.feedback.values import EventKind, Origin, ToldEvent, proves_acceptance
from service.ledger.notice_models import Notice
from service.ledger.state import DeliveryState
from service.log import log

SETTLED_AT_ONCE = 500
_MAY_HAVE_IT = {
    DeliveryState.ACCEPTED.value,
    DeliveryState.SENDING.value,
    DeliveryState.IN_DOUBT.value,
}


def notice_named(session: Session, told: ToldEvent, *, address_key: str | None) -> Notice | None:
    """Return the notice an event names, if it is ours and went to that address.

    Another installation that uses the same account may have given the same number to somebody
    else: the address, or the provider's id, must fit too.
    """
    if told.reference is None or not told.reference.is_notice:
        return None
    notice = session.get(Notice, told.reference.delivery_id)
    if notice is None or told.reference.attempt > notice.attempt:
        return None
    is_its = notice.provider_id is not None and notice.provider_id == told.provider_id
    is_theirs = bool(notice.address_key) and notice.address_key == address_key
    return notice if is_its or is_theirs else None


def prove_notice(session: Session, told: ToldEvent, notice: Notice, *, now: dt.datetime) -> Applied:
    """Settle a notice in doubt; say how the event stands to its state otherwise."""
    if not proves_acceptance(told.kind, told.origin):
        return Applied.NOTED
    is_last = told.reference is not None and told.reference.attempt == notice.attempt
    if _accept(session, notice.id, provider_id=told.provider_id if is_last else None, now=now):
        return Applied.SETTLED
    state = session.scalar(select(Notice.state).where(Notice.id == notice.id))
    if state in _MAY_HAVE_IT or notice.resent:  # perhaps it tells of the first of two copies
        return Applied.NOTED
    if state == DeliveryState.UNKNOWN:
        return Applied.TOO_LATE
    log.error("event_contradicts_state", notice_id=notice.id, kind=told.kind.value, state=state)
    return Applied.CONTRADICTS


def settle_notices_by_events(database: Database, *, now: dt.datetime) -> int:
    """Settle notices in doubt about which an event was told before; return how many."""
    proofs = [kind.value for kind in EventKind if proves_acceptance(kind, Origin.RECIPIENT)]
    with database.reading() as session:
        found = session.execute(
            select(
                Notice.id,
                (DeliveryEvent.attempt == Notice.attempt).label("is_last"),
                DeliveryEvent.provider_id,
            )
            .join(
                DeliveryEvent,
                and_(
                    DeliveryEvent.notice_id == Notice.id,
                    DeliveryEvent.attempt <= Notice.attempt,
                ),
            )
            .where(
                Notice.settled_at.is_(None),  # as the index says
                Notice.state == DeliveryState.IN_DOUBT.value,
                DeliveryEvent.kind.in_(proofs),
                or_(
                    DeliveryEvent.kind != EventKind.UNSUBSCRIBED.value,
                    DeliveryEvent.origin == Origin.RECIPIENT.value,
                ),
            )
            .order_by(Notice.id, DeliveryEvent.id)
            .limit(SETTLED_AT_ONCE)
        ).all()
    settled = 0
    if found:
        with database.transaction() as session:
            for notice_id, is_last, provider_id in found:
                proven = provider_id if is_last else None
                settled += _accept(session, notice_id, provider_id=proven, now=now)
        log.info("notices_settled_by_events", settled=settled)
    return settled


def _accept(session: Session, notice_id: int, *, provider_id: str | None, now: dt.datetime) -> bool:
    values: dict[str, object] = {
        "state": DeliveryState.ACCEPTED.value,
        "reason": "evidence",
        "settled_at": now,
    }
    if provider_id is not None:
        values["provider_id"] = provider_id
    done = session.execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.state == DeliveryState.IN_DOUBT.value)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows
