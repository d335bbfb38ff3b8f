"""Settle briefs in doubt by what happened afterwards: an event, a click, an unsubscribe.

A brief that has ended as unknown stays so: its deadline was the day's, and an end is an end.
"""

import datetime as dt

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from service.db.bulk import insert_ignoring
from service.db.database import Database
from service.editions.models import Batch, BatchState, Brief
from service.feedback.event_models import Applied, DeliveryEvent
from service.feedback.values import EventKind, Origin, proves_acceptance
from service.ledger.state import DeliveryState
from service.log import log

OURSELVES = "podbrief"  # the provider of what our own links tell
SETTLED_AT_ONCE = 500
_UNSETTLED = (DeliveryState.SENDING, DeliveryState.IN_DOUBT)


def prove_accepted(
    session: Session, *, local_date: dt.date, brief_id: int, how: str, now: dt.datetime
) -> bool:
    """Settle a brief in doubt because its reader holds it; return whether that settled it.

    Call it with what only the brief's own links can do (`how`: a deed, one_click, …). While the
    brief is still being sent the proof is kept, for `settle_by_events` to find should the worker
    never report. Cheap when there is nothing to settle; safe to repeat.
    """
    if accept(session, local_date=local_date, brief_id=brief_id, provider_id=None, now=now):
        log.info("doubt_settled", brief_id=brief_id, how=how)
        return True
    state = session.scalar(
        select(Brief.state).where(Brief.local_date == local_date, Brief.id == brief_id)
    )
    if state in _UNSETTLED:
        row = {
            "provider": OURSELVES,
            "event_key": f"{local_date.isoformat()}.{brief_id}",
            "kind": EventKind.CLICKED.value,
            "local_date": local_date,
            "brief_id": brief_id,
            "detail": how[:300],
            "happened_at": now,
            "received_at": now,
            "verdict": Applied.NOTED.value,
            "raw": "{}",
        }
        insert_ignoring(session, DeliveryEvent, [row])
    return False


def settle_by_events(database: Database, *, now: dt.datetime) -> int:
    """Settle briefs in doubt about which an event was told before; return how many.

    An event may come before our own commit, while the brief was still `sending`. Run it before a
    sweep, so that evidence goes before deadlines.
    """
    with database.reading() as session:
        found = session.execute(
            select(
                Brief.local_date,
                Brief.id,
                (DeliveryEvent.attempt == Brief.attempt).label("is_last"),
                DeliveryEvent.provider_id,
            )
            .join(Batch, Batch.id == Brief.batch_id)
            .join(
                DeliveryEvent,
                and_(
                    DeliveryEvent.local_date == Brief.local_date,
                    DeliveryEvent.brief_id == Brief.id,
                ),
            )
            .where(
                Batch.state != BatchState.DONE.value,
                Brief.local_date == Batch.local_date,
                Brief.edition_id == Batch.edition_id,
                Brief.state == DeliveryState.IN_DOUBT.value,
                or_(DeliveryEvent.attempt.is_(None), DeliveryEvent.attempt <= Brief.attempt),
                DeliveryEvent.kind.in_([kind.value for kind in EventKind if _may_prove(kind)]),
                or_(
                    DeliveryEvent.kind != EventKind.UNSUBSCRIBED.value,
                    DeliveryEvent.origin == Origin.RECIPIENT.value,
                ),
            )
            .order_by(Brief.local_date, Brief.id, DeliveryEvent.id)
            .limit(SETTLED_AT_ONCE)
        ).all()
    if not found:
        return 0
    settled = 0
    with database.transaction() as session:
        for local_date, brief_id, is_last, provider_id in found:
            settled += accept(
                session,
                local_date=local_date,
                brief_id=brief_id,
                provider_id=provider_id if is_last else None,
                now=now,
            )
    log.info("doubts_settled_by_events", settled=settled)
    return settled


def accept(
    session: Session,
    *,
    local_date: dt.date,
    brief_id: int,
    provider_id: str | None,
    now: dt.datetime,
) -> bool:
    """Move a brief from in_doubt to accepted; return whether it was in doubt."""
    values: dict[str, object] = {
        "state": DeliveryState.ACCEPTED.value,
        "reason": "evidence",
        "settled_at": now,
    }
    if provider_id is not None:
        values["provider_id"] = provider_id
    done = session.execute(
        update(Brief)
        .where(
            Brief.local_date == local_date,
            Brief.id == brief_id,
            Brief.state == DeliveryState.IN_DOUBT.value,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def _may_prove(kind: EventKind) -> bool:
    return proves_acceptance(kind, Origin.RECIPIENT)
