"""A reader's word on a pick, and what it does to their interests."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from service.audience.models import Interest
from service.db.database import Database
from service.editions.models import Brief
from service.errors import NotFoundError
from service.feedback.models import Deed, Reaction
from service.feedback.react import react, said, undo
from tests.factories.readership import Readership, build_readership

FOLLOWED, OTHER = 0, 1  # picks 0, 2, 4 are about a topic the reader follows, 1 and 3 are not


@pytest.fixture
def readership(database, clock):
    with database.transaction() as session:
        return build_readership(session, now=clock.now())


@pytest.fixture
def do(database, clock, readership):
    def deed_on(pick: int, deed: Deed, *, takes_back: bool = False) -> bool | None:
        with database.transaction() as session:
            brief = session.get_one(Brief, (readership.brief_id, readership.local_date))
            insight_id = readership.insight_ids[pick]
            if takes_back:
                undo(session, brief=brief, insight_id=insight_id, deed=deed, now=clock.now())
                return None
            return react(session, brief=brief, insight_id=insight_id, deed=deed, now=clock.now())

    return deed_on


def weight_of(database: Database, readership: Readership, topic: int) -> float | None:
    with database.reading() as session:
        return session.scalar(
            select(Interest.weight).where(
                Interest.subscriber_id == readership.subscriber_id,
                Interest.topic_id == readership.topic_ids[topic],
            )
        )


def held(database: Database, readership: Readership, pick: int) -> frozenset[Deed]:
    with database.reading() as session:
        return said(
            session,
            subscriber_id=readership.subscriber_id,
            insight_id=readership.insight_ids[pick],
        )


def test_more_like_this_raises_a_topic_that_is_followed(database, readership, do):
    do(0, Deed.MORE)
    assert weight_of(database, readership, FOLLOWED) == 1.5


def test_useful_begins_an_interest_nobody_stated(database, readership, do):
    do(1, Deed.UP)
    assert weight_of(database, readership, OTHER) == 0.25


def test_a_deed_said_twice_counts_once(database, readership, do):
    assert do(0, Deed.UP) is True
    assert do(0, Deed.UP) is False
    assert weight_of(database, readership, FOLLOWED) == 1.25
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reaction)) == 1


def test_deeds_on_several_insights_of_a_topic_add_up(database, readership, do):
    for pick in (0, 2, 4):
        do(pick, Deed.MORE)
    assert weight_of(database, readership, FOLLOWED) == 2.5


def test_up_and_down_take_each_others_place(database, readership, do):
    do(0, Deed.UP)
    do(0, Deed.DOWN)
    assert held(database, readership, 0) == {Deed.DOWN}
    assert weight_of(database, readership, FOLLOWED) == 0.75
    do(0, Deed.UP)
    assert held(database, readership, 0) == {Deed.UP}
    assert weight_of(database, readership, FOLLOWED) == 1.25


def test_save_stands_beside_a_word_on_the_same_insight(database, readership, do):
    do(0, Deed.SAVE)
    do(0, Deed.DOWN)
    assert held(database, readership, 0) == {Deed.SAVE, Deed.DOWN}
    assert weight_of(database, readership, FOLLOWED) == 1.0


def test_an_undone_deed_leaves_no_trace(database, readership, do):
    do(1, Deed.MORE)
    do(1, Deed.MORE, takes_back=True)
    assert held(database, readership, 1) == frozenset()
    assert weight_of(database, readership, OTHER) is None


def test_undoing_at_the_limit_returns_to_what_it_was(database, readership, do):
    for pick in (0, 2, 4):
        do(pick, Deed.MORE)
        do(pick, Deed.SAVE)
    assert weight_of(database, readership, FOLLOWED) == 3.0
    for pick in (0, 2, 4):
        do(pick, Deed.MORE, takes_back=True)
        do(pick, Deed.SAVE, takes_back=True)
    assert weight_of(database, readership, FOLLOWED) == 1.0


def test_undoing_what_was_never_done_changes_nothing(database, readership, do):
    do(0, Deed.SAVE, takes_back=True)
    assert weight_of(database, readership, FOLLOWED) == 1.0


def test_a_followed_topic_stays_followed_at_nought(database, readership, do):
    for pick in (0, 2, 4):
        do(pick, Deed.DOWN)
    do(0, Deed.DOWN, takes_back=True)
    assert weight_of(database, readership, FOLLOWED) == 0.5


def test_an_insight_of_another_brief_is_not_found(database, clock, readership):
    with database.transaction() as session:
        brief = session.get_one(Brief, (readership.brief_id, readership.local_date))
        with pytest.raises(NotFoundError):
            react(session, brief=brief, insight_id=10_000, deed=Deed.UP, now=clock.now())


def test_a_deed_is_dated_and_tied_to_its_brief(database, clock, readership, do):
    clock.advance(dt.timedelta(hours=1))
    do(0, Deed.SAVE)
    with database.reading() as session:
        kept = session.scalars(select(Reaction)).one()
    assert (kept.brief_id, kept.local_date) == (readership.brief_id, readership.local_date)
    assert kept.happened_at == clock.now()
