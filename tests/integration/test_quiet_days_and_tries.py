"""Tries, popularity, quiet days; and the same picks on every store."""

import datetime as dt
from collections.abc import Sequence

import pytest
from sqlalchemy import update

from service.audience.models import Interest
from service.db.database import Database
from service.insights.models import Insight, InsightTally
from service.selection.choose import Reader
from tests.factories.readers_choice import a_small_world, chosen_for, ids, insights, no_luck
from tests.factories.store import NOW, make_insight, make_list, make_subscriber, make_topic


def test_one_pick_in_five_tries_something_new_and_says_so(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        topics = [make_topic(session, name) for name in ("Bees", "Law", "Rockets", "Bread")]
        for topic in topics:
            insights(session, 5, topics=(topic,))
        readers = [make_subscriber(session) for _ in range(8)]
        for reader in readers:
            for topic in topics[:3]:
                session.add(
                    Interest(subscriber_id=reader.id, topic_id=topic.id, weight=1, stated=1)
                )
        session.flush()
        pages = chosen_for(session, newsletter, *readers)
        three = chosen_for(session, newsletter, *(Reader(r.id, "en", picks=3) for r in readers))
    assert [[pick[2:] for pick in picks if pick[2] == "explore"] for picks in pages] == [
        [["explore", "Bread"]]
    ] * 8
    assert all(picks[4][2] == "explore" for picks in pages)
    tried = sum(pick[2] == "explore" for picks in three for pick in picks)
    assert 1 <= tried < 8


def test_popular_is_said_only_of_what_readers_took_to(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        found = insights(session, 12, quality=0.3)
        for insight in found:
            is_liked = insight is found[-1]
            session.add(
                InsightTally(
                    insight_id=insight.id, shown=2_000, liked=900 if is_liked else 10, disliked=0
                )
            )
        session.flush()
        (picks,) = chosen_for(session, newsletter, make_subscriber(session))
    assert picks[0][0] == found[-1].id
    assert picks[0][2] == "popular"
    assert all(pick[2] != "popular" for pick in picks[1:])


@pytest.mark.parametrize(
    ("wish", "expected"), [("fewer", [0, 1]), ("missed", [0, 1, 2, 3, 4]), ("nothing", [])]
)
def test_a_quiet_day_is_what_the_reader_wants_of_it(
    database: Database, wish: str, expected: Sequence[int]
):
    with database.transaction() as session:
        newsletter = make_list(session)
        no_luck(session, newsletter)
        good = [make_insight(session, age_hours=n, speaker=f"S{n}") for n in (1, 2)]
        older = [make_insight(session, age_hours=200 + n, speaker=f"S{n}") for n in (3, 4, 5)]
        reader = make_subscriber(session)
        (picks,) = chosen_for(session, newsletter, Reader(reader.id, "en", quiet_day=wish))
    both = [one.id for one in (*good, *older)]
    assert sorted(ids(picks)) == sorted(both[place] for place in expected)
    missed = [pick[0] for pick in picks if pick[2] == "missed"]
    assert sorted(missed) == ([one.id for one in older] if wish == "missed" else [])


def test_older_ones_fill_up_a_brief_that_has_enough_good_ones(database: Database):
    with database.transaction() as session:
        newsletter = make_list(session)
        no_luck(session, newsletter)
        for hours in (1, 2, 100, 200, 300, 719, 721):
            make_insight(session, age_hours=hours, speaker=f"S{hours}")
        reader = make_subscriber(session)
        (picks,) = chosen_for(session, newsletter, reader)
        session.execute(update(Insight).values(published_at=NOW - dt.timedelta(days=31)))
        (nothing,) = chosen_for(session, newsletter, reader)
    assert len(picks) == 5
    assert nothing == []


def test_the_same_is_chosen_on_every_store_and_again(sqlite_url: str, postgresql_url: str):
    found, others = [], []
    for url in (sqlite_url, postgresql_url):
        database = Database(url)
        with database.transaction() as session:
            newsletter, readers = a_small_world(session)
            found.append(chosen_for(session, newsletter, *readers))
            found.append(chosen_for(session, newsletter, *readers))
            others = chosen_for(session, newsletter, *readers, seed=2)
        database.dispose()
    assert found[0] == found[1] == found[2] == found[3]
    assert others != found[0]
