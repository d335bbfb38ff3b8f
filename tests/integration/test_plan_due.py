"""Planning: who is due gets one brief a date, or one stated reason."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from service.audience.models import Subscription, Suppression
from service.clock import FixedClock
from service.db.database import Database
from service.editions.control import cancel
from service.editions.equation import equation_of
from service.editions.models import Batch, Brief, Edition
from service.editions.plan import plan_due
from service.ledger.models import Shown
from tests.factories.store import (
    make_insight,
    make_list,
    make_podcast,
    make_subscriber,
    make_subscription,
    make_topic,
)

DAY = dt.timedelta(days=1)


@pytest.fixture
def twelve_insights(database: Database) -> list[int]:
    with database.transaction() as session:
        return [make_insight(session, age_hours=hours).id for hours in range(1, 13)]


def briefs(database: Database) -> list[Brief]:
    with database.reading() as session:
        return list(session.scalars(select(Brief).order_by(Brief.id)))


def test_each_due_subscription_gets_five_frozen_picks(database, clock, twelve_insights):
    with database.transaction() as session:
        newsletter = make_list(session)
        for _ in range(3):
            make_subscription(session, newsletter)

    tally = plan_due(database, now=clock.now())

    assert tally.planned == 3
    assert [len(brief.picks) for brief in briefs(database)] == [5, 5, 5]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Shown)) == 15
        assert session.scalar(select(func.sum(Batch.size))) == 3


def test_planning_again_plans_nobody_twice(database, clock, twelve_insights):
    with database.transaction() as session:
        make_subscription(session, make_list(session))

    plan_due(database, now=clock.now())
    plan_due(database, now=clock.now())

    assert len(briefs(database)) == 1


def test_tomorrow_brings_five_others_and_the_day_after_what_is_left(
    database, clock, twelve_insights
):
    with database.transaction() as session:
        make_subscription(session, make_list(session))

    for _ in range(4):
        plan_due(database, now=clock.now())
        clock.advance(DAY)

    picked = [[pick[0] for pick in brief.picks] for brief in briefs(database)]
    assert [len(picks) for picks in picked] == [5, 5, 2, 0]
    assert len({insight for picks in picked for insight in picks}) == 12
    assert briefs(database)[-1].reason == "quiet_day"


def test_a_story_had_from_one_list_never_comes_from_another(database, clock):
    with database.transaction() as session:
        first = make_insight(session, quality=0.9)
        make_insight(session, story_id=first.story_id, quality=0.8)
        reader = make_subscriber(session)
        make_subscription(session, make_list(session), subscriber=reader)
        make_subscription(session, make_list(session), subscriber=reader)

    plan_due(database, now=clock.now())

    one, other = briefs(database)
    assert [pick[0] for pick in one.picks] == [first.id]
    assert other.reason == "quiet_day"


def test_followed_topics_come_first_and_say_so(database, clock):
    with database.transaction() as session:
        chips, bees = make_topic(session, "Chips"), make_topic(session, "Bees")
        for _ in range(4):
            make_insight(session, topics=(chips,), quality=0.9, age_hours=1)
        wanted = make_insight(session, topics=(bees,), quality=0.3, age_hours=40)
        make_subscription(session, make_list(session), topics=(bees,))

    plan_due(database, now=clock.now())

    assert briefs(database)[0].picks[0][0] == wanted.id
    assert briefs(database)[0].picks[0][2:] == ["topic", "Bees"]
    assert briefs(database)[0].picks[1][2] == "list_best"


def test_at_most_two_come_from_a_podcast_and_one_from_an_episode(database, clock):
    with database.transaction() as session:
        podcast = make_podcast(session)
        for _ in range(6):
            make_insight(session, podcast=podcast, quality=1.0)
        shared = make_insight(session, quality=0.9)
        make_insight(
            session, quality=0.9, podcast_id=shared.podcast_id, episode_id=shared.episode_id
        )
        make_subscription(session, make_list(session))

    plan_due(database, now=clock.now())

    assert len(briefs(database)[0].picks) == 3


def test_the_local_date_is_the_subscribers(database, clock):
    with database.transaction() as session:
        newsletter = make_list(session)
        make_insight(session)
        make_subscription(session, newsletter, timezone="Pacific/Auckland")
        make_subscription(session, newsletter, timezone="Pacific/Honolulu")

    plan_due(database, now=clock.now())

    assert {brief.local_date for brief in briefs(database)} == {
        dt.date(2026, 11, 22),
        dt.date(2026, 11, 21),
    }
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Edition)) == 2


def test_who_comes_too_late_or_is_suppressed_is_skipped_with_that_reason(
    database, clock, twelve_insights
):
    with database.transaction() as session:
        newsletter = make_list(session, lateness_minutes=60)
        make_subscription(session, newsletter, next_due_at=clock.now() - dt.timedelta(hours=2))
        bounced = make_subscriber(session)
        make_subscription(session, newsletter, subscriber=bounced)
        session.add(
            Suppression(
                address_key=bounced.address_key, reason="bounced", source="x", since=clock.now()
            )
        )

    plan_due(database, now=clock.now())

    with database.reading() as session:
        edition = session.scalars(select(Edition)).one()
        equation = equation_of(session, edition_id=edition.id)
    assert equation.skipped == {"too_late": 1, "suppressed": 1}
    assert equation.due == 2
    assert equation.holds


def test_days_missed_in_an_outage_are_each_accounted_for(database, clock, twelve_insights):
    with database.transaction() as session:
        make_subscription(session, make_list(session), next_due_at=clock.now() - 3 * DAY)

    for _ in range(5):
        plan_due(database, now=clock.now())

    assert [brief.reason for brief in briefs(database)] == ["too_late"] * 3 + [None]


def test_new_subscriptions_are_scheduled_for_their_next_local_hour(database, clock):
    with database.transaction() as session:
        make_subscription(
            session, make_list(session), timezone="Asia/Kathmandu", hour=13, next_due_at=None
        )

    plan_due(database, now=clock.now())

    with database.reading() as session:
        due = session.scalars(select(Subscription.next_due_at)).one()
    assert due == dt.datetime(2026, 11, 22, 7, 15, tzinfo=dt.UTC)


def test_nobody_new_is_planned_into_a_cancelled_edition(
    database: Database, clock: FixedClock, twelve_insights
):
    with database.transaction() as session:
        newsletter = make_list(session)
        make_subscription(session, newsletter)
    plan_due(database, now=clock.now())
    with database.transaction() as session:
        assert cancel(session, edition_id=1, now=clock.now()) == 1
        make_subscription(session, newsletter)

    plan_due(database, now=clock.now())

    assert [brief.reason for brief in briefs(database)] == ["edition_cancelled"] * 2
    assert [brief.state for brief in briefs(database)] == ["cancelled", "skipped"]
