"""What must never be found among the briefs of open editions, counted."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from service.editions.models import Brief, Edition, Tick
from service.feedback.event_models import DeliveryEvent
from service.feedback.values import EventKind
from service.ledger.models import Attempt, Wave
from service.ledger.state import OPEN, DeliveryState


@dataclass(frozen=True, slots=True)
class GoneWrong:
    """Briefs that are open and should not be."""

    overdue: int
    oldest_doubt: dt.datetime | None  # when the hand-over began that is longest in doubt
    without_wave: int


def rows_gone_wrong(
    session: Session, editions: Sequence[Edition], *, overdue_by: dt.datetime
) -> GoneWrong:
    """Look once over the open briefs of these editions."""
    is_in_doubt = Brief.state == DeliveryState.IN_DOUBT.value
    is_lost = and_(
        Brief.state == DeliveryState.SENDING.value,
        or_(Wave.id.is_(None), Wave.settled_at.is_not(None)),
    )
    row = session.execute(
        select(
            func.count(case((Brief.expires_at <= overdue_by, 1))).label("overdue"),
            func.min(case((is_in_doubt, func.coalesce(Wave.started_at, Brief.due_at)))).label(
                "oldest"
            ),
            func.count(case((is_lost, 1))).label("lost"),
        )
        .select_from(Brief)
        .outerjoin(Wave, Wave.id == Brief.wave_id)
        .where(*_of(editions), Brief.state.in_([state.value for state in OPEN]))
    ).one()
    return GoneWrong(row.overdue, row.oldest, row.lost)


def without_tick(session: Session, editions: Sequence[Edition]) -> int:
    """Count the rows whose tick is not there, or is another edition's."""
    statement = (
        select(func.count())
        .select_from(Brief)
        .outerjoin(Tick, and_(Tick.id == Brief.tick_id, Tick.edition_id == Brief.edition_id))
        .where(*_of(editions), Tick.id.is_(None))
    )
    return session.scalar(statement) or 0


def accepted_twice(session: Session, editions: Sequence[Edition]) -> int:
    """Count the briefs with a hand-over that succeeded beside the one their row tells of.

    Evidence of the same try (a provider that was asked) is not another hand-over.
    """
    statement = (
        select(func.count(func.distinct(Brief.id)))
        .select_from(Brief)
        .join(
            Attempt,
            and_(Attempt.local_date == Brief.local_date, Attempt.brief_id == Brief.id),
        )
        .where(
            *_of(editions),
            Brief.state == DeliveryState.ACCEPTED.value,
            Attempt.verdict == "accepted",
            Attempt.wave_id != "",
            Attempt.wave_id != func.coalesce(Brief.wave_id, Attempt.wave_id),
        )
    )
    return session.scalar(statement) or 0


def deliveries_told(session: Session, editions: Sequence[Edition]) -> dict[int, int]:
    """Count the deliveries that providers reported, by edition; each report is stored once."""
    statement = (
        select(Brief.edition_id, func.count())
        .join(
            DeliveryEvent,
            and_(DeliveryEvent.local_date == Brief.local_date, DeliveryEvent.brief_id == Brief.id),
        )
        .where(*_of(editions), DeliveryEvent.kind == EventKind.DELIVERED.value)
        .group_by(Brief.edition_id)
    )
    return dict(session.execute(statement).all())


def _of(editions: Sequence[Edition]) -> list[ColumnElement[bool]]:
    return [  # the date finds the partition, the edition the index
        Brief.local_date.in_(sorted({edition.local_date for edition in editions})),
        Brief.edition_id.in_(sorted(edition.id for edition in editions)),
    ]
