"""A pause ends by itself: on its date, where the reader is, for whole pages at once."""

import datetime as dt

import pytest
from sqlalchemy import select

from service.audience.models import Subscription
from service.editions.models import Brief
from service.editions.plan import plan_due
from service.editions.schedule import end_pauses
from tests.factories.store import make_insight, make_list, make_subscription

BACK = dt.date(2026, 11, 25)
BEFORE_ANYWHERE = dt.datetime(2026, 11, 24, 9, 59, tzinfo=dt.UTC)


@pytest.fixture
def paused(database):
    """Return a function that pauses one new reader until the 25th, and gives their id."""

    def make(zone: str = "UTC", hour: int = 7, until: dt.date | None = BACK) -> int:
        with database.transaction() as session:
            newsletter = make_list(session)
            for _ in range(5):
                make_insight(session)
            return make_subscription(
                session,
                newsletter,
                timezone=zone,
                hour=hour,
                status="paused",
                paused_until=until,
                next_due_at=None,
            ).id

    return make


def standing(database, subscription_id: int) -> tuple[str, dt.date | None, dt.datetime | None]:
    with database.reading() as session:
        found = session.get_one(Subscription, subscription_id)
        return found.status, found.paused_until, found.next_due_at


def test_it_ends_at_midnight_of_the_readers_own_date(database, paused):
    first, last = paused("Pacific/Kiritimati"), paused("Pacific/Pago_Pago")
    assert end_pauses(database, now=BEFORE_ANYWHERE) == 0
    assert end_pauses(database, now=BEFORE_ANYWHERE + dt.timedelta(minutes=1)) == 1
    morning = dt.datetime(2026, 11, 24, 17, tzinfo=dt.UTC)  # 7:00 on the 25th in Kiritimati
    assert standing(database, first) == ("active", None, morning)
    assert standing(database, last)[0] == "paused"
    assert end_pauses(database, now=dt.datetime(2026, 11, 25, 11, tzinfo=dt.UTC)) == 1
    assert standing(database, last)[2] == dt.datetime(2026, 11, 25, 18, tzinfo=dt.UTC)


def test_the_tick_that_plans_ends_pauses_and_the_first_brief_is_of_that_date(database, paused):
    paused()
    day_before = dt.datetime(2026, 11, 24, 23, 59, tzinfo=dt.UTC)
    assert plan_due(database, now=day_before).planned == 0
    assert plan_due(database, now=day_before + dt.timedelta(minutes=2)).planned == 0
    assert plan_due(database, now=dt.datetime(2026, 11, 25, 7, tzinfo=dt.UTC)).planned == 1
    with database.reading() as session:
        assert session.scalars(select(Brief.local_date)).all() == [BACK]


def test_whoever_wants_midnight_gets_that_very_midnight(database, paused):
    subscription_id = paused(hour=0)
    end_pauses(database, now=dt.datetime(2026, 11, 25, 0, 0, 20, tzinfo=dt.UTC))
    assert standing(database, subscription_id)[2] == dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


def test_found_days_late_it_ends_as_of_now_and_makes_no_late_briefs(database, paused):
    subscription_id = paused()
    now = dt.datetime(2026, 11, 29, 9, tzinfo=dt.UTC)
    end_pauses(database, now=now)
    assert standing(database, subscription_id)[2] == dt.datetime(2026, 11, 30, 7, tzinfo=dt.UTC)


def test_a_pause_for_good_stays_one(database, paused):
    subscription_id = paused(until=None)
    assert end_pauses(database, now=dt.datetime(2030, 1, 1, tzinfo=dt.UTC)) == 0
    assert standing(database, subscription_id) == ("paused", None, None)


def test_more_of_them_than_a_page_holds_all_come_back(database, monkeypatch):
    monkeypatch.setattr("service.editions.schedule.PAGE_SIZE", 3)
    with database.transaction() as session:
        newsletter = make_list(session)
        for zone in ("Pacific/Pago_Pago", "UTC") * 4:
            make_subscription(
                session, newsletter, timezone=zone, status="paused", paused_until=BACK
            )
    assert end_pauses(database, now=dt.datetime(2026, 11, 25, 1, tzinfo=dt.UTC)) == 4
    assert end_pauses(database, now=dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)) == 4
