"""Whoever changes zone, hour or rhythm is due again by the new wish, and never twice too soon."""

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

from sqlalchemy import select

from service.audience.models import Subscription
from service.clock import FixedClock
from service.db.database import Database
from service.editions.due import ZONE_CHANGE_PAUSE
from service.editions.models import Brief
from service.editions.plan import plan_due
from service.editions.schedule import schedule_new
from tests.factories.store import make_insight, make_list, make_subscription

DAY = dt.timedelta(days=1)
ZONES = (
    "Pacific/Kiritimati",
    "Pacific/Auckland",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "Europe/London",
    "America/St_Johns",
    "America/New_York",
    "America/Los_Angeles",
    "Pacific/Honolulu",
    "Pacific/Pago_Pago",
)


def due_moments(database: Database) -> list[dt.datetime]:
    with database.reading() as session:
        due = session.scalars(select(Subscription.next_due_at).order_by(Subscription.id))
        return [moment for moment in due if moment is not None]


def test_no_change_of_zone_brings_a_second_brief_within_eighteen_hours(
    database: Database, clock: FixedClock
):
    moves = list(itertools.permutations(ZONES, 2))
    with database.transaction() as session:
        newsletter = make_list(session)
        make_insight(session)
        before = {
            make_subscription(session, newsletter, timezone=old, next_due_at=clock.now()).id: new
            for old, new in moves
        }
    plan_due(database, now=clock.now())
    with database.transaction() as session:
        for subscription in session.scalars(select(Subscription)):
            subscription.timezone = before[subscription.id]
            subscription.next_due_at = None

    schedule_new(database, now=clock.now() + dt.timedelta(minutes=5))

    due = due_moments(database)
    too_soon = {
        f"{old} to {new}": moment - clock.now()
        for (old, new), moment in zip(moves, due, strict=True)
        if moment - clock.now() < ZONE_CHANGE_PAUSE
    }
    assert too_soon == {}


def test_after_the_pause_it_goes_on_by_the_new_zone_and_no_date_comes_twice(
    database: Database, clock: FixedClock
):
    with database.transaction() as session:
        newsletter = make_list(session)
        make_insight(session)
        for zone in ZONES:
            make_subscription(session, newsletter, timezone=zone, next_due_at=clock.now())
    plan_due(database, now=clock.now())
    with database.transaction() as session:
        served = [row.local_date for row in session.scalars(select(Brief).order_by(Brief.id))]
        for subscription in session.scalars(select(Subscription)):
            subscription.timezone, subscription.next_due_at = "Asia/Tokyo", None

    schedule_new(database, now=clock.now())

    for date, moment in zip(served, due_moments(database), strict=True):
        there = moment.astimezone(ZoneInfo("Asia/Tokyo"))
        assert there.hour == 7
        assert there.date() > date
        assert moment - clock.now() < 3 * DAY


def test_another_hour_or_rhythm_in_the_same_zone_takes_effect_tomorrow(
    database: Database, clock: FixedClock
):
    with database.transaction() as session:
        newsletter = make_list(session)
        make_insight(session)
        for _ in range(2):
            make_subscription(session, newsletter, next_due_at=clock.now())
    plan_due(database, now=clock.now())
    with database.transaction() as session:
        earlier, weekly = session.scalars(select(Subscription).order_by(Subscription.id))
        earlier.hour, earlier.next_due_at = 5, None
        weekly.frequency, weekly.next_due_at = "weekly", None

    schedule_new(database, now=clock.now())

    assert due_moments(database) == [
        dt.datetime(2026, 11, 23, 5, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 28, 7, tzinfo=dt.UTC),  # a Saturday
    ]


def test_who_is_not_active_is_never_scheduled(database: Database, clock: FixedClock):
    with database.transaction() as session:
        newsletter = make_list(session)
        for status in ("pending", "paused", "unsubscribed"):
            make_subscription(session, newsletter, status=status, next_due_at=None)
    assert schedule_new(database, now=clock.now()) == 0
    with database.reading() as session:
        assert set(session.scalars(select(Subscription.next_due_at))) == {None}


def test_scheduling_again_moves_nobody(database: Database, clock: FixedClock):
    with database.transaction() as session:
        make_subscription(session, make_list(session), next_due_at=None)
    assert schedule_new(database, now=clock.now()) == 1
    assert schedule_new(database, now=clock.now() + DAY) == 0
