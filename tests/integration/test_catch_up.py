"""Six hours without beat: whoever was due meanwhile gets one brief, or one stated reason."""

import datetime as dt
from collections import Counter

import pytest
from sqlalchemy import select

from service.audience.models import Subscription
from service.clock import FixedClock
from service.db.database import Database
from service.editions.models import Brief
from service.editions.plan import plan_due
from service.monitoring.reconcile import reconcile
from service.sending.deliver import deliver_next_batch
from tests.factories.sending import sender_of
from tests.factories.store import make_insight, make_list, make_subscription
from tests.factories.transports import MemoryTransport

HOUR = dt.timedelta(hours=1)
OFF = 6 * HOUR
PLACES = [  # an hour that comes twice, or never, on the days below; and three that are plain
    ("Europe/Berlin", 2),
    ("Europe/London", 1),
    ("Asia/Kolkata", 9),
    ("America/St_Johns", 23),
    ("Pacific/Auckland", 16),
]
DAYS = {
    "fold": (dt.date(2026, 10, 25), 0),  # and the UTC hour at which Berlin and London are due
    "gap": (dt.date(2026, 3, 29), 1),
    "plain": (dt.date(2026, 11, 22), 1),
}
EACH_DAY = pytest.mark.parametrize(("day", "utc_hour"), DAYS.values(), ids=DAYS)


def live_until_beat_fails(
    database: Database, clock: FixedClock, day: dt.date, *, lateness: int = 360
) -> None:
    """Two people in each place, a day of ticks, and the last of them at 22:30 UTC."""
    midnight = dt.datetime.combine(day, dt.time(), dt.UTC)
    with database.transaction() as session:
        newsletter = make_list(session, lateness_minutes=lateness)
        for number in range(60):
            make_insight(session, published_at=midnight - 30 * HOUR + number * HOUR)
        for timezone, hour in PLACES:
            for _ in range(2):
                make_subscription(
                    session, newsletter, timezone=timezone, hour=hour, next_due_at=None
                )
    clock.moment = midnight - 26 * HOUR
    tick_until(database, clock, midnight - 1.5 * HOUR)


def tick_until(database: Database, clock: FixedClock, moment: dt.datetime) -> None:
    while clock.now() < moment:
        clock.advance(HOUR / 2)
        plan_due(database, now=clock.now())


def beat_comes_back(database: Database, clock: FixedClock) -> list[Brief]:
    """Six hours later two beats start at once; return what they planned."""
    before = {brief.id for brief in rows(database)}
    clock.advance(OFF)
    plan_due(database, now=clock.now())
    plan_due(database, now=clock.now())
    return [brief for brief in rows(database) if brief.id not in before]


def rows(database: Database) -> list[Brief]:
    with database.reading() as session:
        return list(session.scalars(select(Brief).order_by(Brief.due_at, Brief.id)))


@EACH_DAY
def test_whoever_was_due_meanwhile_is_caught_up_with_once(database, clock, day, utc_hour):
    live_until_beat_fails(database, clock, day)
    caught_up = beat_comes_back(database, clock)

    assert len(caught_up) == 2 * len(PLACES)
    assert {brief.state for brief in caught_up} == {"planned"}
    assert [brief.due_at.hour for brief in caught_up[:4]] == [utc_hour] * 4  # Berlin and London
    transport = MemoryTransport()
    while deliver_next_batch(sender_of(database, clock, transport)):
        pass
    late = [brief for brief in rows(database) if brief.id in {b.id for b in caught_up}]
    assert all((brief.settled_at or clock.now()) - brief.due_at > HOUR / 2 for brief in late)

    tick_until(database, clock, clock.now() + 24 * HOUR)
    per_date = Counter((brief.subscriber_id, brief.local_date) for brief in rows(database))
    assert set(per_date.values()) == {1}
    with database.reading() as session:
        next_due = list(session.scalars(select(Subscription.next_due_at)))
        assert all(moment is not None and moment > clock.now() for moment in next_due)
        assert reconcile(session, now=clock.now()).holds


@EACH_DAY
def test_past_the_lists_limit_there_is_a_reason_instead(database, clock, day, utc_hour):
    live_until_beat_fails(database, clock, day, lateness=120)
    caught_up = beat_comes_back(database, clock)

    assert len(caught_up) == 2 * len(PLACES)
    for brief in caught_up:
        too_late = clock.now() - brief.due_at > 2 * HOUR
        assert (brief.state, brief.reason) == (
            ("skipped", "too_late") if too_late else ("planned", None)
        )
    assert {brief.state for brief in caught_up} == {"skipped", "planned"}
    with database.reading() as session:
        assert reconcile(session, now=clock.now()).holds
