"""Numbers read a column at a time are those of the rows, on both databases."""

import numpy as np
import pytest
from sqlalchemy import select

from service.audience.models import Interest, Subscriber
from service.db.columns import is_one_of, read_columns
from service.db.database import Database
from tests.factories.store import make_subscriber, make_topic

WEIGHTS = [1.0, 0.4, -2.5, 1 / 3, 1e-9, 12345.678]


@pytest.fixture
def people(database: Database) -> list[int]:
    """Subscribers of whom each follows one topic more than the one before."""
    with database.transaction() as session:
        topics = [make_topic(session, f"Topic {number}") for number in range(len(WEIGHTS))]
        found = [make_subscriber(session).id for _ in range(len(WEIGHTS) + 1)]
        session.add_all(
            Interest(subscriber_id=person, topic_id=topic.id, weight=weight)
            for follows, person in enumerate(found)
            for topic, weight in list(zip(topics, WEIGHTS, strict=True))[:follows]
        )
    return found


def test_the_columns_are_those_of_the_rows_in_one_order(database: Database, people: list[int]):
    statement = select(Interest.subscriber_id, Interest.topic_id, Interest.weight)
    with database.reading() as session:
        rows = session.execute(statement).all()
        columns = read_columns(session, statement)
    assert [column.dtype for column in columns] == [np.int64, np.int64, np.float64]
    found = list(zip(*(column.tolist() for column in columns), strict=True))
    assert len(found) == 21
    for own, row in zip(sorted(found), sorted(rows), strict=True):
        assert own == pytest.approx(tuple(row), rel=1e-12)


def test_numbers_as_large_as_the_store_holds_survive(database: Database):
    with database.transaction() as session:
        make_subscriber(session, id=2**62 + 1)
        (ids,) = read_columns(session, select(Subscriber.id))
    assert ids.tolist() == [2**62 + 1]


def test_where_no_row_is_every_column_is_empty(database: Database):
    with database.reading() as session:
        columns = read_columns(session, select(Interest.topic_id, Interest.weight))
    assert [column.tolist() for column in columns] == [[], []]


def test_one_of_many_is_found_whatever_their_number(database: Database, people: list[int]):
    with database.reading() as session:
        for asked in ([], people[2:4], people * 500, [-1, people[0]]):
            statement = select(Subscriber.id).where(is_one_of(session, Subscriber.id, asked))
            assert set(session.scalars(statement)) == set(asked) - {-1}
