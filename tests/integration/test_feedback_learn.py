"""What acts teach us, what undoing and forgetting leave of it, and whom we learn nothing of."""

import datetime as dt

import numpy as np
import pytest
from sqlalchemy import delete, func, select

from service.audience.forget import forget_learned
from service.audience.lesson_models import Lesson
from service.audience.models import Interest, ReaderProfile, Subscriber
from service.db.database import Database
from service.editions.models import Brief
from service.feedback.learn import learn, unlearn
from service.feedback.models import Deed
from service.feedback.react import react, said, undo
from service.insights.models import InsightTally
from service.insights.vector_models import InsightVector, StoredModel
from service.insights.vectors import write_vectors
from tests.factories.readership import build_readership

FOLLOWED, OTHER = 0, 1  # picks 0, 2, 4 are about a topic the reader follows, 1 and 3 are not


@pytest.fixture
def readership(database, clock):
    with database.transaction() as session:
        return build_readership(session, now=clock.now())


@pytest.fixture
def act(database, clock, readership):
    def act(pick, deed, *, takes_back=False):
        with database.transaction() as session:
            deed_done = unlearn if takes_back else learn
            insight_id = readership.insight_ids[pick]
            return deed_done(session, readership.subscriber_id, insight_id, deed, clock.now())

    return act


@pytest.fixture
def weights(database, readership):
    def weights():
        with database.reading() as session:
            found = dict(session.execute(select(Interest.topic_id, Interest.weight)).all())
        return [found.get(topic_id) for topic_id in readership.topic_ids]

    return weights


def everything_learned(database: Database) -> object:
    with database.reading() as session:
        return (
            session.execute(select(Lesson.insight_id, Lesson.act)).all(),
            session.execute(
                select(Interest.topic_id, Interest.learned).order_by(Interest.topic_id)
            ).all(),
            session.scalar(select(func.count()).select_from(ReaderProfile)),
            session.execute(
                select(InsightTally.liked, InsightTally.disliked).where(
                    InsightTally.liked + InsightTally.disliked > 0
                )
            ).all(),
        )


def test_a_human_click_teaches_a_little(act, weights):
    assert act(1, "click") is True
    assert act(1, "click") is False
    assert weights() == [1.0, pytest.approx(0.1)]


def test_what_was_learned_fades_with_time(act, weights, clock):
    act(1, "more")
    clock.advance(dt.timedelta(days=90))
    act(3, "click")
    assert weights() == [1.0, pytest.approx(0.25 + 0.1)]


def test_acts_taken_back_leave_no_trace(act, database, clock):
    before = everything_learned(database)
    for pick in range(5):
        act(pick, "more")
        act(pick, "click")
    clock.advance(dt.timedelta(days=3))
    for pick in range(5):
        act(pick, "more", takes_back=True)
        act(pick, "click", takes_back=True)
    assert everything_learned(database) == before


def test_a_reader_counts_once_an_insight_whatever_they_do(act, database, readership):
    def tally() -> tuple[int, ...]:
        with database.reading() as session:
            counts = (InsightTally.shown, InsightTally.liked, InsightTally.disliked)
            return tuple(session.execute(select(*counts)).one_or_none() or ())

    act(0, "up")
    act(0, "save")
    assert tally() == (0, 1, 0)
    act(0, "down")
    assert tally() == (0, 0, 1)
    act(0, "down", takes_back=True)
    assert tally() == (0, 1, 0), "it is still saved"
    act(0, "save", takes_back=True)
    assert tally() == ()


@pytest.fixture
def read(database, clock, readership):
    """Insights read by a model that knows two directions, one for each topic."""
    with database.transaction() as session:
        model = StoredModel(name="compass", version="1", size=2, in_use_since=clock.now())
        session.add(model)
        session.flush()
        directions = np.eye(2, dtype=np.float32)[[FOLLOWED, OTHER, FOLLOWED, OTHER, FOLLOWED]]
        write_vectors(session, readership.insight_ids, directions, model=model)

    def profile():
        with database.reading() as session:
            found = session.get(ReaderProfile, readership.subscriber_id)
        return found and (found.model, np.frombuffer(found.vector, "<f2").tolist(), found.likes)

    return profile


def test_the_profile_leans_to_what_was_liked_and_from_what_was_not(act, read):
    act(0, "up")
    assert read() == ("compass 1", [1.0, 0.0], 1.0)
    act(1, "down")
    _, (east, north), likes = read()
    assert east > 0.8
    assert north < -0.4
    assert likes == pytest.approx(2 ** (-1 / 30))


def test_the_profile_is_gone_with_the_acts_that_made_it(act, read, database, readership, clock):
    act(0, "up")
    act(0, "up", takes_back=True)
    assert read() is None
    act(1, "save")
    with database.transaction() as session:
        forget_learned(session, readership.subscriber_id, None, now=clock.now())
    assert read() is None


def test_an_insight_no_model_has_read_moves_no_profile_but_its_topics(act, read, database, weights):
    with database.transaction() as session:
        session.execute(delete(InsightVector))
    act(1, "up")
    assert read() is None
    assert weights() == [1.0, 0.25]


def test_of_somebody_not_personalised_nothing_at_all_is_learned(act, database, readership, clock):
    with database.transaction() as session:
        person = session.get_one(Subscriber, readership.subscriber_id)
        person.is_personalised = False
    before = everything_learned(database)
    assert act(0, "click") is False
    with database.transaction() as session:
        brief = session.get_one(Brief, (readership.brief_id, readership.local_date))
        insight_id = readership.insight_ids[1]
        react(session, brief=brief, insight_id=insight_id, deed=Deed.SAVE, now=clock.now())
        held = said(session, subscriber_id=brief.subscriber_id, insight_id=insight_id)
        assert held == {Deed.SAVE}, "what they keep is theirs"
    assert everything_learned(database) == before
    with database.transaction() as session:
        brief = session.get_one(Brief, (readership.brief_id, readership.local_date))
        undo(session, brief=brief, insight_id=insight_id, deed=Deed.SAVE, now=clock.now())
    assert everything_learned(database) == before


def test_forgetting_a_topic_forgets_the_insights_about_it(
    act, database, readership, clock, weights
):
    act(0, "more")
    act(1, "more")
    with database.transaction() as session:
        person, topic = readership.subscriber_id, readership.topic_ids[FOLLOWED]
        assert forget_learned(session, person, topic, now=clock.now()) == 1
    assert weights() == [1.0, 0.5]


def test_forgetting_all_leaves_what_was_stated(act, database, readership, clock, weights):
    for pick in range(5):
        act(pick, "more")
    with database.transaction() as session:
        assert forget_learned(session, readership.subscriber_id, None, now=clock.now()) == 5
    assert weights() == [1.0, None]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Lesson)) == 0
