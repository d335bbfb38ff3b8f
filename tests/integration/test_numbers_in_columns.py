"""Numbers read a column at a time are those of the rows, on both databases."""

import numpy as np
import pytest
from sqlalchemy import Float, bindparam, select

from service.audience.models import Interest, ReaderProfile, Subscriber
from service.db.columns import ColumnsRead, is_among, is_one_of, read_columns
from service.db.database import Database
from service.ledger.models import Shown
from tests.factories.store import NOW, make_subscriber, make_topic

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


def test_a_statement_built_once_finds_those_it_is_bound_to(database: Database, people: list[int]):
    found = ColumnsRead(
        select(Interest.subscriber_id, Interest.topic_id).where(
            is_among(Interest.subscriber_id, "people"),
            Interest.weight > bindparam("more_than", type_=Float()),
        )
    )
    with database.reading() as session:
        for asked in ([], people[2:4], people * 500, [-1, people[5]]):
            those, _ = found.run(session, people=asked, more_than=0.3)
            statement = select(Interest.subscriber_id).where(
                Interest.subscriber_id.in_(set(asked)), Interest.weight > 0.3
            )
            assert sorted(those.tolist()) == sorted(session.scalars(statement))


def test_octets_come_one_value_after_the_other(database: Database):
    vectors = [bytes([0, 255, 92, 10]), b"\\x00'", bytes(range(256))]
    with database.transaction() as session:
        for number, vector in enumerate(vectors):
            session.add(
                ReaderProfile(
                    subscriber_id=make_subscriber(session).id,
                    model="m 1",
                    vector=vector,
                    likes=number / 3,
                    updated_at=NOW,
                )
            )
    with database.reading() as session:
        likes, octets = read_columns(session, select(ReaderProfile.likes, ReaderProfile.vector))
        none = select(ReaderProfile.vector).where(ReaderProfile.model == "m 2")
        (nothing,) = read_columns(session, none)
    in_order = [vectors[round(like * 3)] for like in likes.tolist()]
    assert octets.tobytes() == b"".join(in_order)
    assert nothing.tobytes() == b""


def test_on_sqlite_too_the_numbers_are_a_condition_of_the_index(sqlite_url: str):
    database = Database(sqlite_url)
    statement = select(Shown.insight_id).where(
        is_among(Shown.subscriber_id, "people"), Shown.story_id >= bindparam("oldest")
    )
    with database.reading() as session:
        plan = session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {statement.compile(database.engine)}", ("[1, 2]", 3)
        )
        steps = [row[3] for row in plan if "shown" in row[3]]
    database.dispose()
    assert len(steps) == 1
    assert "(subscriber_id=? AND story_id>?)" in steps[0]
