"""Mark a wave of notices: those that are due, each taken by one worker alone."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    bindparam,
    case,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from service.audience.models import Suppression
from service.db.base import UtcDateTime
from service.ledger.notice_models import ANSWERS, Notice
from service.ledger.state import CLAIMABLE, DeliveryState
from service.ledger.stops import as_route, nothing_stops
from service.sending.claim import NewWave, open_wave
from service.sending.lease import NoticeLease

WAVE = 50  # small: a wave of briefs waits for it
BOUNCED = "bounced"


def mark_notices(
    session: Session, lease: NoticeLease, wave: NewWave, *, now: dt.datetime
) -> list[Notice]:
    """Mark up to `wave.size` due notices as sending; return them.

    A suppression wins inside the statement: an address that bounced gets no notice at all; one
    that is suppressed for another reason gets those it has just asked for.
    """
    if session.connection().execute(_IS_ANY_DUE, {"now": now}).first() is None:
        return []
    due = (
        select(Notice.id)
        .where(*_due(now), nothing_stops())
        .order_by(Notice.next_at, Notice.id)
        .limit(wave.size)
        .with_for_update(skip_locked=True)
        .cte("due")  # with its locks it is run once, whatever the planner thinks
    )
    found = session.scalars(
        update(Notice)
        .where(Notice.id.in_(select(due.c.id)))
        .values(
            state=case(
                (_is_suppressed(), DeliveryState.SUPPRESSED.value),
                else_=DeliveryState.SENDING.value,
            ),
            reason=case((_is_suppressed(), "suppressed")),
            settled_at=case((_is_suppressed(), now)),
            attempt=case((_is_suppressed(), Notice.attempt), else_=Notice.attempt + 1),
            wave_id=wave.id,
            transport=wave.transport,
        )
        .returning(Notice)
        .execution_options(synchronize_session=False),
        {"route": as_route(wave.transport)},
    ).all()
    marked = [notice for notice in found if notice.state == DeliveryState.SENDING.value]
    if marked:
        open_wave(session, lease, wave, size=len(marked), now=now)
    return sorted(marked, key=lambda notice: notice.id)


def _due(now: dt.datetime | BindParameter[dt.datetime]) -> Sequence[ColumnElement[bool]]:
    return (
        Notice.settled_at.is_(None),  # as the index says
        Notice.state.in_([state.value for state in CLAIMABLE]),
        Notice.next_at <= now,
        Notice.expires_at > now,
    )


# Asked before every wave of briefs, so it is built once: a twentieth of the statement above.
_IS_ANY_DUE = (
    select(literal(1))
    .select_from(Notice.__table__)
    .where(*_due(bindparam("now", type_=UtcDateTime())))
    .limit(1)
)


def notices_marked_before(session: Session, *, wave_id: str) -> list[Notice]:
    """Return the notices of a wave whose commit's answer was lost."""
    return list(
        session.scalars(
            select(Notice)
            .where(
                Notice.settled_at.is_(None),
                Notice.wave_id == wave_id,
                Notice.state == DeliveryState.SENDING.value,
            )
            .order_by(Notice.id)
        )
    )


def _is_suppressed() -> ColumnElement[bool]:
    asked_for = Notice.kind.in_([kind.value for kind in ANSWERS])
    return (
        select(literal(1))
        .where(
            Suppression.address_key == Notice.address_key,
            or_(Suppression.reason == BOUNCED, ~asked_for),
        )
        .correlate(Notice)
        .exists()
    )
