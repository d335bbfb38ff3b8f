"""What was learned loses weight with time, in the store as by the rule."""

import datetime as dt
import itertools

import pytest
from sqlalchemy import func, select

from service.audience.fade import fade_learned
from service.audience.lesson_models import Lesson
from service.audience.models import Interest
from service.audience.taste import HALF_LIFE, weight_of
from service.feedback.learn import learn
from tests.factories.readership import build_readership
from tests.factories.store import make_subscriber, make_topic


def test_the_store_weighs_as_the_rule_does(database, clock):
    half_a_life_ago = clock.now().date() - HALF_LIFE
    cases = list(itertools.product([None, 0.0, 0.5, 1.0, 2.0], [-9.0, -0.6, 0.5, 1.0, 9.0]))
    with database.transaction() as session:
        person = make_subscriber(session)
        for number, (stated, learned) in enumerate(cases):
            topic = make_topic(session, f"Topic {number:02d}")
            held = {"stated": stated, "learned": learned, "learned_on": half_a_life_ago}
            session.add(Interest(subscriber_id=person.id, topic_id=topic.id, weight=9, **held))
    with database.transaction() as session:
        assert fade_learned(session, now=clock.now()) == len(cases)
    with database.reading() as session:
        found = session.execute(
            select(Interest.learned, Interest.weight).order_by(Interest.topic_id)
        ).all()
    for (stated, learned), (faded, weight) in zip(cases, found, strict=True):
        assert faded == pytest.approx(learned / 2)
        assert weight == pytest.approx(weight_of(stated, learned / 2))


def test_fading_and_learning_anew_come_to_the_same(database, clock):
    def learned() -> float:
        with database.reading() as session:
            topic = Interest.topic_id == readership.topic_ids[1]
            return float(session.scalars(select(Interest.learned).where(topic)).one())

    with database.transaction() as session:
        readership = build_readership(session, now=clock.now())
        learn(session, readership.subscriber_id, readership.insight_ids[1], "more", clock.now())
    for _ in range(8):
        clock.advance(dt.timedelta(days=7))
        with database.transaction() as session:
            fade_learned(session, now=clock.now())
            assert fade_learned(session, now=clock.now()) == 0, "once a week is enough"
    faded = learned()
    assert 0 < faded < 0.5
    with database.transaction() as session:
        learn(session, readership.subscriber_id, readership.insight_ids[3], "click", clock.now())
    assert learned() == pytest.approx(faded + 0.1)


def test_lessons_of_long_ago_are_dropped(database, clock):
    with database.transaction() as session:
        readership = build_readership(session, now=clock.now())
        learn(session, readership.subscriber_id, readership.insight_ids[1], "more", clock.now())
    clock.advance(dt.timedelta(days=800))
    with database.transaction() as session:
        fade_learned(session, now=clock.now())
        assert session.scalar(select(func.count()).select_from(Lesson)) == 0
