"""Forget what we learned of somebody, of one topic or all of it; what they stated stays."""

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.audience.interests import hold_person, learn_interests
from service.audience.lesson_models import Lesson
from service.audience.models import Interest
from service.audience.profiles import learn_profile
from service.insights.models import InsightTopic


def forget_learned(
    session: Session, subscriber_id: int, topic_id: int | None, *, now: dt.datetime
) -> int:
    """Delete what was learned from insights about a topic, or from all; return how many lessons.

    An insight about two topics is forgotten for both: what taught us is gone, not just its sum.
    Whoever turns personalisation off forgets all. What they said of insights, and what they
    saved, is theirs and stays.
    """
    hold_person(session, subscriber_id)
    doomed = select(Lesson.insight_id).where(Lesson.subscriber_id == subscriber_id)
    if topic_id is not None:
        doomed = doomed.join(InsightTopic, InsightTopic.insight_id == Lesson.insight_id).where(
            InsightTopic.topic_id == topic_id
        )
    insight_ids = set(session.scalars(doomed))
    topics = set(
        session.scalars(
            select(InsightTopic.topic_id).where(InsightTopic.insight_id.in_(list(insight_ids)))
        )
    )
    # a sum whose lessons have been pruned since is forgotten as well
    learned = select(Interest.topic_id).where(
        Interest.subscriber_id == subscriber_id, Interest.learned != 0
    )
    topics |= set(session.scalars(learned)) if topic_id is None else {topic_id}
    session.execute(
        delete(Lesson).where(
            Lesson.subscriber_id == subscriber_id, Lesson.insight_id.in_(list(insight_ids))
        )
    )
    learn_interests(session, subscriber_id, topics, now=now)
    learn_profile(session, subscriber_id, now=now)
    return len(insight_ids)
