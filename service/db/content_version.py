"""Tell whether anything on the public pages may have changed: one small SELECT, asked often."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.db.models import ContentChange

Version = tuple[int, int, int]


def content_version(session: Session) -> Version:
    """Return a value that differs from before once a change of content has been committed.

    The smallest number is part of it: a long transaction commits under a number that is far below
    the largest, and the number of rows may stay as it was when old ones are cleared away.
    """
    count, least, most = session.execute(
        select(func.count(), func.min(ContentChange.id), func.max(ContentChange.id))
    ).one()
    return count, least or 0, most or 0
