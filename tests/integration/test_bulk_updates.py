"""Many rows get values of their own in one statement, the same on both databases."""

from sqlalchemy import BigInteger, String, bindparam, select

from service.db.bulk import write_rows
from service.db.bulk_update import RowsUpdate
from service.db.columns import NumberArray, is_one_of
from service.db.database import Database
from service.insights.models import Topic

RENAME = RowsUpdate(
    Topic,
    {"id": BigInteger(), "name": String()},
    Topic.slug != bindparam("but_not", type_=String()),
)
RETITLE = RowsUpdate(Topic, {"id": BigInteger()}, same=("name",))


def topics(database: Database) -> dict[int, str]:
    with database.reading() as session:
        return {topic.id: topic.name for topic in session.scalars(select(Topic))}


def fill(database: Database) -> None:
    with database.transaction() as session:
        rows = [(number, f"slug-{number}", f"Topic {number}") for number in range(1, 5)]
        write_rows(session, Topic, ("id", "slug", "name"), rows)


def test_each_row_gets_its_own_value_unless_it_is_guarded(database: Database):
    fill(database)
    own = [(1, "One, \"quoted\" {braced} \\ 'x'"), (3, "Three"), (4, "Four"), (99, "Nobody")]
    with database.transaction() as session:
        assert RENAME.run(session, own, but_not="slug-4") == 2
    assert topics(database) == {1: own[0][1], 2: "Topic 2", 3: "Three", 4: "Topic 4"}


def test_what_is_the_same_for_all_is_given_once(database: Database):
    fill(database)
    with database.transaction() as session:
        assert RETITLE.run(session, [(2,), (3,)], same={"name": "Alike"}) == 2
        assert RETITLE.run(session, [], same={"name": "Nobody"}) == 0
    assert topics(database) == {1: "Topic 1", 2: "Alike", 3: "Alike", 4: "Topic 4"}


def test_numbers_of_any_size_are_found_among_others(database: Database):
    fill(database)
    numbers = [2, 4, 2**62, -1]
    with database.reading() as session:
        found = session.scalars(
            select(Topic.id).where(is_one_of(session, Topic.id, numbers)).order_by(Topic.id)
        ).all()
    assert found == [2, 4]


def test_an_array_with_gaps_keeps_them(postgresql_url: str):
    database = Database(postgresql_url)
    with database.reading() as session:
        given = [1, None, -5]
        sent = session.scalar(select(bindparam("n", given, type_=NumberArray(BigInteger()))))
    database.dispose()
    assert sent == given
