"""Find what stands near an insight: what shares most of its topics, then what its podcast said."""

import datetime as dt

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from service.insights.models import Insight, InsightTopic
from service.insights.reading import ReadInsight, insights_by_id, is_first_telling

MOST_RELATED = 10
_LOOKED_AT = 40


def related_insights(session: Session, *, of: ReadInsight, now: dt.datetime) -> list[ReadInsight]:
    """Return about ten listed insights related to `of`, nearest first, one of each story."""
    wanted = [topic.id for topic in of.topics]
    shared = func.count(InsightTopic.topic_id)
    same_podcast = case((Insight.podcast_id == of.podcast_id, 1), else_=0)
    statement = (
        select(Insight.id)
        .outerjoin(
            InsightTopic,
            (InsightTopic.insight_id == Insight.id) & InsightTopic.topic_id.in_(wanted),
        )
        .where(is_first_telling(now), Insight.story_id != of.story_id)
        .group_by(Insight.id)
        .having((shared > 0) | (same_podcast == 1))
        .order_by(shared.desc(), same_podcast.desc(), Insight.published_at.desc(), Insight.id)
        .limit(_LOOKED_AT)
    )
    near = insights_by_id(session, ids=session.scalars(statement).all())
    return near[:MOST_RELATED]
