"""What somebody wants of each topic: what they state, and what their acts have taught us."""

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.lesson_models import Lesson
from service.audience.models import Interest, Subscriber
from service.audience.taste import LEAST_STATED, MOST_STATED, learned_from, weight_of
from service.audience.wake import note_act
from service.errors import InputError, NotFoundError
from service.insights.models import InsightTopic, Topic


def set_stated(
    session: Session,
    subscriber_id: int,
    levels: Mapping[int, float | None],
    *,
    now: dt.datetime | None = None,
) -> None:
    """Take down what a person says of topics: how much they want of each, 0 to 2; None: no word.

    0 is never, 1 is what a ticked topic means. From then on no import says anything of their
    topics. With `now` it counts as a sign of life too. Raises `InputError` for another level and
    `NotFoundError` for a topic there is not.
    """
    for level in levels.values():
        if level is not None and not LEAST_STATED <= level <= MOST_STATED:  # NaN is no level
            raise InputError(f"topics: {level} is not a level from {LEAST_STATED} to {MOST_STATED}")
    hold_person(session, subscriber_id)
    if now is not None:
        note_act(session, subscriber_id, now=now)
    known = set(session.scalars(select(Topic.id).where(Topic.id.in_(list(levels)))))
    if missing := levels.keys() - known:
        raise NotFoundError(f"topics: there is no topic {min(missing)}")
    interests = _interests(session, subscriber_id, levels)
    for topic_id, level in sorted(levels.items()):
        interest = interests.get(topic_id)
        if interest is None:
            interest = Interest(subscriber_id=subscriber_id, topic_id=topic_id, learned=0.0)
            session.add(interest)
        interest.is_chosen = True
        interest.stated = level
        interest.weight = weight_of(level, interest.learned)
    session.flush()


def hold_person(session: Session, subscriber_id: int) -> bool:
    """Let what one person does happen one after the other; return whether we may learn from it.

    SQLite's writers come one at a time by themselves. Raises `NotFoundError` when there is no such
    person any more.
    """
    is_personalised = session.scalar(
        select(Subscriber.is_personalised).where(Subscriber.id == subscriber_id).with_for_update()
    )
    if is_personalised is None:
        raise NotFoundError("the person this link belongs to is no longer known to us")
    return is_personalised


def learn_interests(
    session: Session, subscriber_id: int, topic_ids: Collection[int], *, now: dt.datetime
) -> None:
    """Make what was learned of these topics anew from all lessons that hold."""
    if not topic_ids:
        return
    acts: dict[int, list[tuple[str, dt.datetime]]] = {topic_id: [] for topic_id in topic_ids}
    found = session.execute(
        select(InsightTopic.topic_id, Lesson.act, Lesson.learned_at)
        .join(Lesson, Lesson.insight_id == InsightTopic.insight_id)
        .where(Lesson.subscriber_id == subscriber_id, InsightTopic.topic_id.in_(list(topic_ids)))
    )
    for topic_id, act, learned_at in found:
        acts[topic_id].append((act, learned_at))
    interests = _interests(session, subscriber_id, topic_ids)
    for topic_id, done in sorted(acts.items()):
        learned = learned_from(done, now=now)
        _set_learned(session, subscriber_id, topic_id, interests.get(topic_id), learned, now.date())
    session.flush()


def _set_learned(
    session: Session,
    subscriber_id: int,
    topic_id: int,
    interest: Interest | None,
    learned: float,
    today: dt.date,
) -> None:
    is_nothing = math.isclose(learned, 0.0, abs_tol=1e-9)
    if interest is None:
        if is_nothing:
            return
        interest = Interest(subscriber_id=subscriber_id, topic_id=topic_id)
        session.add(interest)
    elif is_nothing and interest.stated is None and not interest.is_chosen:
        session.delete(interest)
        return
    interest.learned = 0.0 if is_nothing else learned
    interest.learned_on = None if is_nothing else today
    interest.weight = weight_of(interest.stated, interest.learned)


def _interests(
    session: Session, subscriber_id: int, topic_ids: Iterable[int]
) -> dict[int, Interest]:
    found = session.scalars(
        select(Interest).where(
            Interest.subscriber_id == subscriber_id, Interest.topic_id.in_(list(topic_ids))
        )
    )
    return {interest.topic_id: interest for interest in found}
