"""Ending a subscription, and taking that back."""

import datetime as dt

import pytest
from sqlalchemy import select

from service.audience.models import Consent, Subscription
from service.clock import FixedClock
from service.db.database import Database
from service.errors import ConflictError, NotFoundError
from service.feedback.unsubscribe import UnsubscribeSource, resubscribe, unsubscribe
from tests.factories.readership import build_readership


@pytest.fixture
def subscription_id(database, clock):
    with database.transaction() as session:
        return build_readership(session, now=clock.now()).subscription_id


def leave(
    database: Database,
    clock: FixedClock,
    subscription_id: int,
    source: UnsubscribeSource = UnsubscribeSource.PAGE,
) -> bool:
    with database.transaction() as session:
        return unsubscribe(session, subscription_id=subscription_id, source=source, now=clock.now())


def come_back(database: Database, clock: FixedClock, subscription_id: int) -> bool:
    with database.transaction() as session:
        return resubscribe(session, subscription_id=subscription_id, now=clock.now())


def found(database: Database, subscription_id: int) -> Subscription:
    with database.reading() as session:
        return session.get_one(Subscription, subscription_id)


def consents(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.execute(select(Consent.act, Consent.source).order_by(Consent.id))
        return [(act, source) for act, source in rows]


def test_leaving_ends_the_subscription_and_keeps_the_proof(database, clock, subscription_id):
    assert leave(database, clock, subscription_id, UnsubscribeSource.ONE_CLICK)
    ended = found(database, subscription_id)
    assert (ended.status, ended.next_due_at) == ("unsubscribed", None)
    assert ended.ended_at == clock.now()
    assert consents(database) == [("withdrawn", "one_click")]


def test_leaving_twice_is_leaving_once(database, clock, subscription_id):
    leave(database, clock, subscription_id)
    first = found(database, subscription_id).ended_at
    clock.advance(dt.timedelta(hours=1))
    assert leave(database, clock, subscription_id) is False
    assert found(database, subscription_id).ended_at == first
    assert len(consents(database)) == 1


def test_leaving_what_is_no_longer_known_is_no_error(database, clock):
    assert leave(database, clock, 404) is False


def test_coming_back_the_same_day_leaves_the_hour_to_the_planner(database, clock, subscription_id):
    leave(database, clock, subscription_id)
    assert come_back(database, clock, subscription_id)
    back = found(database, subscription_id)
    assert (back.status, back.next_due_at, back.ended_at) == ("active", None, None)
    assert consents(database) == [("withdrawn", "unsubscribe_page"), ("given", "undo")]


def test_coming_back_without_having_left_changes_nothing(database, clock, subscription_id):
    assert come_back(database, clock, subscription_id) is False
    assert found(database, subscription_id).next_due_at is not None
    assert consents(database) == []


def test_a_day_later_coming_back_takes_more_than_a_tap(database, clock, subscription_id):
    leave(database, clock, subscription_id)
    clock.advance(dt.timedelta(hours=25))
    with pytest.raises(ConflictError):
        come_back(database, clock, subscription_id)
    assert found(database, subscription_id).status == "unsubscribed"


def test_coming_back_to_what_is_no_longer_known_says_so(database, clock):
    with pytest.raises(NotFoundError):
        come_back(database, clock, 404)
