"""Learn from what somebody did about an insight, at once, in the transaction of the deed."""

import datetime as dt

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.audience.fatigue_models import ReaderActivity
from service.audience.interests import hold_person, learn_interests
from service.audience.lesson_models import Lesson
from service.audience.profiles import learn_profile
from service.audience.taste import CONTRADICTS, Act, opinion
from service.audience.wake import note_act
from service.insights.models import InsightTally, InsightTopic


def learn(
    session: Session, subscriber_id: int, insight_id: int, deed: str, now: dt.datetime
) -> bool:
    """Take one act in (`Act`, or a `Deed`, which are acts too); return False when nothing is new.

    Interests, profile and the insight's tally follow before the transaction ends. Nothing at all
    is kept of somebody who is not personalised. Callers bring only what a person did: never a
    click whose verdict is `suspected`, and never an open.
    """
    act = Act(deed)
    is_personalised = hold_person(session, subscriber_id)
    note_act(session, subscriber_id, now=now)
    if not is_personalised:
        return False
    before = _acts(session, subscriber_id, insight_id)
    if act in before:
        return False
    after = (before - CONTRADICTS.get(act, frozenset())) | {act}
    _change(session, subscriber_id, insight_id, before, after, now=now)
    return True


def unlearn(
    session: Session, subscriber_id: int, insight_id: int, deed: str, now: dt.datetime
) -> bool:
    """Take an act out again, as if it had never been; return False when it was not there.

    Of a click that turned out to be a program's, the sign of life goes too.
    """
    act = Act(deed)
    hold_person(session, subscriber_id)
    before = _acts(session, subscriber_id, insight_id)
    if act not in before:
        return False
    _change(session, subscriber_id, insight_id, before, before - {act}, now=now)
    if act is Act.CLICK:
        _forget_sign(session, subscriber_id)
    return True


def _forget_sign(session: Session, subscriber_id: int) -> None:
    """Let the last sign of life be what is left of them; with none left there never was one."""
    last = session.scalar(
        select(func.max(Lesson.learned_at)).where(Lesson.subscriber_id == subscriber_id)
    )
    of_person = ReaderActivity.subscriber_id == subscriber_id
    if last is None:
        session.execute(delete(ReaderActivity).where(of_person))
    else:
        session.execute(update(ReaderActivity).where(of_person).values(acted_at=last))


def _acts(session: Session, subscriber_id: int, insight_id: int) -> frozenset[Act]:
    found = session.scalars(
        select(Lesson.act).where(
            Lesson.subscriber_id == subscriber_id, Lesson.insight_id == insight_id
        )
    )
    return frozenset(Act(act) for act in found)


def _change(
    session: Session,
    subscriber_id: int,
    insight_id: int,
    before: frozenset[Act],
    after: frozenset[Act],
    *,
    now: dt.datetime,
) -> None:
    if gone := before - after:
        session.execute(
            delete(Lesson).where(
                Lesson.subscriber_id == subscriber_id,
                Lesson.insight_id == insight_id,
                Lesson.act.in_(sorted(gone)),
            )
        )
    session.add_all(
        Lesson(subscriber_id=subscriber_id, insight_id=insight_id, act=act.value, learned_at=now)
        for act in sorted(after - before)
    )
    session.flush()
    topic_ids = session.scalars(
        select(InsightTopic.topic_id).where(InsightTopic.insight_id == insight_id)
    ).all()
    learn_interests(session, subscriber_id, topic_ids, now=now)
    learn_profile(session, subscriber_id, now=now)
    _count(session, insight_id, was=opinion(before), will_be=opinion(after))


def _count(session: Session, insight_id: int, *, was: float, will_be: float) -> None:
    """Count each reader once an insight, as liking it or as turning it down.

    A tally that says nothing any more goes: an act taken back leaves no trace.
    """
    liked, disliked = (will_be > 0) - (was > 0), (will_be < 0) - (was < 0)
    if not liked and not disliked:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    fresh = {
        "insight_id": insight_id,
        "shown": 0,
        "liked": max(liked, 0),
        "disliked": max(disliked, 0),
    }
    session.execute(
        dialect.insert(InsightTally)
        .values(fresh)
        .on_conflict_do_update(
            index_elements=[InsightTally.insight_id],
            set_={
                "liked": InsightTally.liked + liked,
                "disliked": InsightTally.disliked + disliked,
            },
        )
    )
    if liked + disliked < 0:
        session.execute(
            delete(InsightTally).where(
                InsightTally.insight_id == insight_id,
                InsightTally.shown == 0,
                InsightTally.liked == 0,
                InsightTally.disliked == 0,
            )
        )
