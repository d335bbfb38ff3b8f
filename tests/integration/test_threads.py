"""Findings about one event form a thread, and stay stories of their own."""

import datetime as dt

from sqlalchemy import select

from service.db.database import Database
from service.insights.models import Insight
from service.insights.store import store_insights
from service.insights.text_hash import text_hash
from service.insights.values import NewInsight
from tests.data.story_pairs import retold
from tests.data.thread_findings import events, of_no_event
from tests.factories.store import NOW


def told(key: str, text: str, *, days_ago: int = 0) -> NewInsight:
    published = NOW - dt.timedelta(days=days_ago)
    return NewInsight(key=key, text=text, text_hash=text_hash(text), published_at=published)


def enter(database: Database, *insights: NewInsight) -> None:
    with database.transaction() as session:
        store_insights(session, insights, now=NOW)


def threads(database: Database) -> dict[str, int]:
    with database.reading() as session:
        rows = session.execute(select(Insight.key, Insight.thread_id))
        return {key: thread for key, thread in rows if thread is not None}


def test_most_findings_of_an_event_meet_and_no_strangers_do(database: Database):
    findings = [
        (f"{event}-{number}", text)
        for event, texts in enumerate(events())
        for number, text in enumerate(texts)
    ]
    lone = [(f"lone{number}-0", text) for number, text in enumerate(of_no_event())]
    mixed = sorted([*findings, *lone], key=lambda item: item[0][-1])
    for start in range(0, len(mixed), 10):
        enter(database, *(told(*item) for item in mixed[start : start + 10]))
    found = threads(database)
    met = [
        (one, other)
        for one in found
        for other in found
        if one < other and found[one] == found[other]
    ]
    assert all(one.partition("-")[0] == other.partition("-")[0] for one, other in met)
    assert len(met) >= 12  # of 21 pairs within events
    with database.reading() as session:
        stories = session.scalars(select(Insight.story_id)).all()
    assert len(set(stories)) == len(stories)


def test_a_retelling_goes_where_its_story_is(database: Database):
    first, again = retold()[0]
    enter(database, told("a", first))
    enter(database, told("b", again))
    found = threads(database)
    assert found["a"] == found["b"]


def test_what_lies_weeks_apart_is_another_affair(database: Database):
    one, other = events()[0][0], events()[0][1]
    enter(database, told("a", one, days_ago=20))
    enter(database, told("b", other))
    found = threads(database)
    assert found["a"] != found["b"]


def test_a_batch_comes_to_the_same_threads_as_one_by_one(database: Database):
    texts = [text for texts in events()[:3] for text in texts]
    enter(database, *(told(f"a{number}", text) for number, text in enumerate(texts)))
    at_once = threads(database)
    later = [told(f"b{number}", f"{text} ", days_ago=20) for number, text in enumerate(texts)]
    shape = [at_once[f"a{number}"] - at_once["a0"] for number in range(len(texts))]
    assert len(set(shape)) < len(shape)
    with database.transaction() as session:
        session.query(Insight).update({"text_hash": "gone", "language": "xx"})
    for one in later:
        enter(database, one)
    found = threads(database)
    assert [found[f"b{number}"] - found["b0"] for number in range(len(texts))] == shape
