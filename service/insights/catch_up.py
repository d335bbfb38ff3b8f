"""Bring what is known of insights up to date, a little at a time: vectors, then neighbours."""

import datetime as dt
from dataclasses import dataclass
from time import monotonic

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.db.database import Database
from service.insights.models import Insight
from service.insights.related import BLOCK, relate_waiting
from service.insights.related_marks import waiting
from service.insights.understanding.text_model import TextModel
from service.insights.vector_models import InsightVector
from service.insights.vectors import embed_missing, model_in_use

_READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many insights wait for what."""

    unread: int  # by the model that is set
    unrelated: int  # whose related insights are not those of today


def backlog(session: Session, *, model: TextModel) -> Backlog:
    """Count what waits."""
    stored = model_in_use(session)
    if stored is None or (stored.name, stored.version) != (model.name, model.version):
        unread = session.scalar(select(func.count()).select_from(Insight)) or 0
    else:
        unread = (
            session.scalar(
                select(func.count())
                .select_from(Insight)
                .outerjoin(
                    InsightVector,
                    (InsightVector.insight_id == Insight.id)
                    & (InsightVector.model_id == stored.id),
                )
                .where(InsightVector.insight_id.is_(None))
            )
            or 0
        )
    return Backlog(unread=unread, unrelated=waiting(session))


def read_page(
    database: Database, *, model: TextModel, now: dt.datetime, before_id: int | None
) -> int | None:
    """Read the next page of insights the model has not read; None when that was the last."""
    with database.transaction() as session:
        return embed_missing(session, model, now=now, before_id=before_id, most=_READ_AT_ONCE)


def catch_up(
    database: Database, *, model: TextModel, now: dt.datetime, within_seconds: float
) -> None:
    """Work for about `within_seconds`; what is left waits for the next time.

    After another model was set all insights are read again, the newest first, and only then is
    anything related by it.
    """
    until = monotonic() + within_seconds
    with database.reading() as session:
        unread = backlog(session, model=model).unread
    before_id = None
    while unread and monotonic() < until:
        before_id = read_page(database, model=model, now=now, before_id=before_id)
        if before_id is None:
            unread = 0
    while not unread and monotonic() < until:
        if not relate_waiting(database, model=model, most=BLOCK):
            return
