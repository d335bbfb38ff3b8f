"""Whoever changes what public pages show leaves a sign, whatever hand it was; nobody else does."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.orm import Session

from service.audience.models import ListTopic, NewsletterList, Subscriber
from service.clock import FixedClock
from service.db.bulk import write_rows
from service.db.content_version import Version, content_version
from service.db.database import Database
from service.editions.models import EditionPick
from service.insights.models import Episode, Insight, InsightTopic, Podcast, Topic
from tests.factories.readership import build_readership

CHANGES: dict[str, Callable[[Session], Any]] = {
    "an insight is hidden": lambda session: session.execute(update(Insight).values(hidden=True)),
    "an insight is removed": lambda session: session.execute(
        delete(Insight).where(Insight.id == 5)
    ),
    "a topic is taken from an insight": lambda session: session.execute(delete(InsightTopic)),
    "a topic gets another name": lambda session: session.execute(update(Topic).values(name="X")),
    "a podcast gets an address": lambda session: session.execute(update(Podcast).values(url="")),
    "an episode gets an address": lambda session: session.execute(update(Episode).values(url="")),
    "a list gets a notice": lambda session: session.execute(
        update(NewsletterList).values(third_party_notice="Theirs.")
    ),
    "a list gets a topic": lambda session: session.execute(
        insert(ListTopic).values(list_id=1, topic_id=1)
    ),
    "an edition is summed up": lambda session: session.execute(
        insert(EditionPick).values(edition_id=1, insight_id=1, place=1)
    ),
    "a podcast comes in bulk": lambda session: write_rows(session, Podcast, ("name",), [("New",)]),
    "somebody writes by hand": lambda session: session.execute(
        text("UPDATE insights SET headline = 'By hand' WHERE id = 1")
    ),
}


@pytest.fixture
def store(database: Database, clock: FixedClock) -> Database:
    with database.transaction() as session:
        build_readership(session, now=clock.now())
    return database


def version(store: Database) -> Version:
    with store.reading() as session:
        return content_version(session)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed(store, change):
    before = version(store)
    with store.transaction() as session:
        CHANGES[change](session)
    assert version(store) != before
    assert version(store) == version(store)


def test_a_change_that_is_taken_back_is_none(store):
    before = version(store)
    with Session(store.engine) as session:
        session.execute(update(Insight).values(hidden=True))
        session.rollback()
    assert version(store) == before


def test_what_no_page_shows_is_none_either(store):
    before = version(store)
    with store.transaction() as session:
        session.execute(update(Subscriber).values(name="Another"))
    assert version(store) == before


def test_a_change_counts_when_it_is_committed_though_others_began_later(postgresql_url, clock):
    store = Database(postgresql_url)
    with store.transaction() as session:
        build_readership(session, now=clock.now())
    with store.transaction() as early:
        early.execute(update(Topic).values(name="Early"))
        with store.transaction() as late:  # neither waits for the other
            late.execute(update(Podcast).values(url="https://late.example"))
        between = version(store)
    assert version(store) != between
    store.dispose()


def test_signs_do_not_pile_up(postgresql_url, clock):
    store = Database(postgresql_url)
    with store.transaction() as session:
        build_readership(session, now=clock.now())
        session.execute(text("INSERT INTO content_changes SELECT generate_series(-150, -1)"))
        session.execute(text("UPDATE content_changes SET id = id - 1000000 WHERE id < 0"))
    for _ in range(2):
        with store.transaction() as session:
            session.execute(update(Topic).values(name="Again"))
    assert version(store)[0] <= 4
    store.dispose()
