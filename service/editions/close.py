"""Close editions whose last zone's day is over and whose briefs have all ended."""

import datetime as dt

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.editions.equation import equation_of
from service.editions.models import Edition, EditionState
from service.editions.queries import has_open_briefs, open_editions
from service.log import log

LAST_ZONE_BEHIND = dt.timedelta(hours=12)  # UTC-12, where a date ends last


def close_ended(session: Session, *, now: dt.datetime) -> int:
    """Close what is over, writing its equation to the log; return how many."""
    closed = 0
    for edition in open_editions(session):
        lateness = dt.timedelta(minutes=edition.list.lateness_minutes)
        last_due = dt.datetime.combine(edition.local_date, dt.time(23), dt.UTC) + LAST_ZONE_BEHIND
        if now < last_due + lateness or has_open_briefs(session, edition=edition):
            continue
        session.execute(
            update(Edition)
            .where(Edition.id == edition.id)
            .values(state=EditionState.CLOSED.value, closed_at=now)
        )
        equation = equation_of(session, edition_id=edition.id)
        log.info("edition_closed", edition_id=edition.id, **equation.as_dict())
        closed += 1
    return closed
