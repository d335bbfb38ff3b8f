"""Take an insight back, or show it again: a publisher asked, or it was wrong."""

import datetime as dt

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.errors import NotFoundError
from service.insights.models import Insight


def take_back(session: Session, *, insight_id: int, now: dt.datetime) -> bool:
    """Hide an insight from every page and from what is picked from now on; keep its row.

    The row keeps an import from bringing it back. Returns whether anything changed; raises
    `NotFoundError`.
    """
    return _set_hidden(session, insight_id, hidden=True, now=now)


def show_again(session: Session, *, insight_id: int, now: dt.datetime) -> bool:
    """Undo `take_back`."""
    return _set_hidden(session, insight_id, hidden=False, now=now)


def _set_hidden(session: Session, insight_id: int, *, hidden: bool, now: dt.datetime) -> bool:
    if session.get(Insight, insight_id) is None:
        raise NotFoundError(f"there is no insight {insight_id}: its page's address has its number")
    changed = session.execute(
        update(Insight)
        .where(Insight.id == insight_id, Insight.hidden.is_(not hidden))
        .values(hidden=hidden, changed_at=now)
        .returning(Insight.id)
    )
    return changed.first() is not None
