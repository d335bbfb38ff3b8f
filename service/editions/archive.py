"""Read what the public archive shows: past editions, and what most of their readers got."""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from service.editions.models import Edition, EditionPick
from service.insights.models import Insight
from service.insights.reading import LEAST_QUALITY


def past_editions(session: Session, *, list_id: int, limit: int) -> list[tuple[dt.date, str]]:
    """Return the dates of editions there is something to show of, newest first, each with a title.

    The title is the headline of what most readers got; one without a headline gives its text.
    """
    other, others_insight = aliased(EditionPick), aliased(Insight)
    is_beaten = (
        select(other.place)
        .join(others_insight, others_insight.id == other.insight_id)
        .where(
            other.edition_id == EditionPick.edition_id,
            other.place < EditionPick.place,
            _may_be_shown(others_insight),
        )
        .exists()
    )
    statement = (
        select(Edition.local_date, func.coalesce(Insight.headline, Insight.text))
        .join(EditionPick, EditionPick.edition_id == Edition.id)
        .join(Insight, Insight.id == EditionPick.insight_id)
        .where(Edition.list_id == list_id, _may_be_shown(Insight), ~is_beaten)
        .order_by(Edition.local_date.desc())
        .limit(limit)
    )
    return [(date, title) for date, title in session.execute(statement)]


def most_picked(session: Session, *, list_id: int, local_date: dt.date) -> list[int]:
    """Return the insights most readers of an edition got, most readers first."""
    statement = (
        select(EditionPick.insight_id)
        .join(Edition, Edition.id == EditionPick.edition_id)
        .where(Edition.list_id == list_id, Edition.local_date == local_date)
        .order_by(EditionPick.place)
    )
    return list(session.scalars(statement))


def _may_be_shown(insight: Any) -> ColumnElement[bool]:
    return and_(~insight.hidden, insight.quality >= LEAST_QUALITY)
