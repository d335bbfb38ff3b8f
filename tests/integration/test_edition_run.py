"""`edition run`: everybody now, whoever has their brief of the day keeps it and gets no second."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from service.audience.models import NewsletterList, Subscription
from service.clock import FixedClock
from service.db.database import Database
from service.editions.control import cancel
from service.editions.equation import Equation, equation_of, equation_of_run
from service.editions.models import Brief, Edition, Run, Tick
from service.editions.plan import Tally, plan_due
from service.editions.run import run_edition
from service.errors import NotFoundError
from service.ledger.models import Shown
from tests.factories.store import make_insight, make_list, make_subscriber, make_subscription

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def daily(database: Database) -> NewsletterList:
    """A list with three readers due at seven tomorrow, and insights enough for two days."""
    with database.transaction() as session:
        newsletter = make_list(session, slug="daily")
        for number in range(3):
            make_subscription(session, newsletter, hour=7, next_due_at=None, timezone="UTC")
            make_insight(session, age_hours=number + 1)
        for number in range(7):
            make_insight(session, age_hours=number + 10)
    return newsletter


def run(
    database: Database, clock: FixedClock, *, slug: str = "daily", at: dt.datetime | None = None
) -> tuple[Run, Tally]:
    return run_edition(database, list_slug=slug, as_of=at or clock.now(), now=clock.now())


def briefs(database: Database, **values: object) -> list[Brief]:
    with database.reading() as session:
        return list(session.scalars(select(Brief).filter_by(**values).order_by(Brief.id)))


def equation(database: Database, made: Run) -> Equation:
    with database.reading() as session:
        return equation_of_run(session, run_id=made.id)


def equations_hold(database: Database) -> bool:
    with database.reading() as session:
        editions = session.scalars(select(Edition.id)).all()
        return all(equation_of(session, edition_id=edition).holds for edition in editions)


def next_due(database: Database) -> set[dt.datetime | None]:
    with database.reading() as session:
        return set(session.scalars(select(Subscription.next_due_at)))


def test_it_makes_everybody_due_whatever_their_hour(database, clock, daily):
    clock.advance(5 * HOUR)
    made, tally = run(database, clock)
    assert (tally.planned, tally.skipped, tally.already_served) == (3, 0, 0)
    found = equation(database, made)
    assert (found.due, found.planned, found.open, found.holds) == (3, 3, 3, True)
    assert {brief.local_date for brief in briefs(database)} == {dt.date(2026, 11, 22)}
    assert {brief.due_at for brief in briefs(database)} == {clock.now()}


def test_run_twice_and_the_second_finds_everybody_served(database, clock, daily):
    first, _ = run(database, clock)
    before = [(brief.id, brief.picks) for brief in briefs(database)]

    second, tally = run(database, clock)

    assert (tally.planned, tally.already_served) == (0, 3)
    assert [(brief.id, brief.picks) for brief in briefs(database)] == before
    assert equation(database, second) == Equation(due=0, planned=0)
    assert equation(database, second).holds
    assert equation(database, first).due == 3
    assert equations_hold(database)


def test_who_was_served_by_the_clock_is_not_served_again_on_demand(database, clock, daily):
    with database.transaction() as session:
        for subscription in session.scalars(select(Subscription)):
            subscription.next_due_at = clock.now()
    plan_due(database, now=clock.now())
    with database.transaction() as session:
        newsletter = session.get_one(NewsletterList, daily.id)
        make_subscription(session, newsletter, next_due_at=None)

    made, tally = run(database, clock)

    assert (tally.planned, tally.already_served) == (1, 3)
    assert equation(database, made).due == 1
    assert len(briefs(database)) == 4
    assert equations_hold(database)


def test_who_was_served_on_demand_is_due_again_tomorrow_and_not_today(database, clock, daily):
    clock.moment = dt.datetime(2026, 11, 22, 5, 0, tzinfo=dt.UTC)
    run(database, clock)
    clock.advance(3 * HOUR)
    assert plan_due(database, now=clock.now()).planned == 0
    assert next_due(database) == {dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)}
    clock.advance(DAY)
    assert plan_due(database, now=clock.now()).planned == 3


def test_a_quiet_day_is_planned_anew_when_insights_have_come(database, clock):
    with database.transaction() as session:
        newsletter = make_list(session, slug="daily")
        for _ in range(4):
            make_subscription(session, newsletter)
    plan_due(database, now=clock.now())
    assert [brief.reason for brief in briefs(database)] == ["quiet_day"] * 4
    with database.transaction() as session:
        make_insight(session)

    made, tally = run(database, clock)

    assert (tally.planned, tally.skipped) == (4, 0)
    assert [brief.state for brief in briefs(database)] == ["planned"] * 4
    assert (equation(database, made).due, equation(database, made).holds) == (4, True)
    with database.reading() as session:
        edition = session.scalars(select(Edition)).one()
        whole = equation_of(session, edition_id=edition.id)
    assert (whole.due, whole.planned, whole.skipped, whole.holds) == (4, 4, {}, True)


def test_a_day_that_is_still_quiet_is_counted_once_however_often_it_is_run(database, clock):
    with database.transaction() as session:
        make_subscription(session, make_list(session, slug="daily"))
    plan_due(database, now=clock.now())
    for _ in range(3):
        made, tally = run(database, clock)
        assert tally.planned == 0
        assert equation(database, made).holds
    assert len(briefs(database)) == 1
    with database.reading() as session:
        assert session.scalar(select(func.sum(Tick.due))) == 1
    assert equations_hold(database)


def test_a_quiet_first_run_can_be_followed_by_a_full_second(database, clock):
    with database.transaction() as session:
        make_subscription(session, make_list(session, slug="daily"))
    first, _ = run(database, clock)
    assert equation(database, first).skipped == {"quiet_day": 1}
    with database.transaction() as session:
        make_insight(session)

    second, _ = run(database, clock)

    assert (equation(database, second).due, equation(database, second).planned) == (1, 1)
    assert equation(database, first).holds
    assert equation(database, first).due == 0
    assert equations_hold(database)


def test_who_was_found_too_late_gets_the_days_brief_on_demand(database, clock):
    with database.transaction() as session:
        newsletter = make_list(session, slug="daily", lateness_minutes=30)
        make_subscription(session, newsletter, next_due_at=clock.now() - HOUR)
        make_insight(session)
    plan_due(database, now=clock.now())
    assert [brief.reason for brief in briefs(database)] == ["too_late"]

    run(database, clock)

    (brief,) = briefs(database)
    assert (brief.state, brief.reason) == ("planned", None)
    assert brief.expires_at > clock.now()
    assert equations_hold(database)


def test_a_cancelled_edition_stays_cancelled_whoever_runs_it(database, clock, daily):
    run(database, clock)
    with database.transaction() as session:
        cancel(session, edition_id=1, now=clock.now())
        make_subscription(session, session.get_one(NewsletterList, daily.id))

    made, tally = run(database, clock)

    assert (tally.planned, tally.skipped, tally.already_served) == (0, 1, 3)
    assert equation(database, made).skipped == {"edition_cancelled": 1}
    assert {brief.state for brief in briefs(database)} == {"cancelled", "skipped"}
    again, tally = run(database, clock)
    assert (equation(database, again).due, tally.skipped, tally.already_served) == (0, 0, 4)
    assert equations_hold(database)


def test_everybody_is_served_in_the_edition_of_their_own_date(database, clock):
    clock.moment = dt.datetime(2026, 11, 22, 10, 30, tzinfo=dt.UTC)
    zones = ["Pacific/Kiritimati", "Europe/Berlin", "Pacific/Pago_Pago", "Pacific/Honolulu"]
    with database.transaction() as session:
        newsletter = make_list(session, slug="daily")
        make_insight(session)
        for zone in zones:
            make_subscription(session, newsletter, timezone=zone, next_due_at=None)

    made, tally = run(database, clock)

    assert tally.planned == 4
    days = [brief.local_date.day for brief in briefs(database)]
    assert sorted(days) == [21, 22, 22, 23]
    found = equation(database, made)
    assert (found.due, found.planned, found.holds) == (4, 4, True)
    assert equations_hold(database)


def test_a_run_for_tomorrow_is_of_tomorrow_and_today_still_comes(database, clock, daily):
    clock.moment = dt.datetime(2026, 11, 22, 6, 0, tzinfo=dt.UTC)
    ahead = dt.datetime(2026, 11, 23, 6, 30, tzinfo=dt.UTC)

    run(database, clock, at=ahead)

    assert {brief.local_date for brief in briefs(database)} == {dt.date(2026, 11, 23)}
    clock.advance(2 * HOUR)
    assert plan_due(database, now=clock.now()).planned == 3
    clock.advance(DAY)
    plan_due(database, now=clock.now())
    served = [(brief.subscriber_id, brief.local_date) for brief in briefs(database)]
    assert len(served) == len(set(served)) == 6
    assert equations_hold(database)


def test_a_run_for_the_past_is_of_that_date_and_brings_nothing_else_with_it(database, clock, daily):
    clock.moment = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)
    past = clock.now() - 3 * DAY
    made, tally = run(database, clock, at=past)
    assert tally.planned + tally.skipped == 3
    assert {brief.local_date for brief in briefs(database)} == {dt.date(2026, 11, 19)}
    assert equation(database, made).holds

    for _ in range(5):
        plan_due(database, now=clock.now())

    # nobody was due on the days between: nobody may be told they were late for them
    assert {brief.local_date for brief in briefs(database)} == {dt.date(2026, 11, 19)}
    assert next_due(database) == {dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)}


def test_a_run_for_the_past_may_be_sent_now_and_not_only_then(database, clock, daily):
    with database.transaction() as session:
        make_insight(session, age_hours=100)
    run(database, clock, at=clock.now() - 3 * DAY)
    assert [brief.state for brief in briefs(database)] == ["planned"] * 3
    for brief in briefs(database):
        assert brief.next_at <= clock.now() < brief.expires_at


def test_as_if_it_were_then_means_of_what_was_known_then(database, clock):
    with database.transaction() as session:
        make_subscription(session, make_list(session, slug="daily"), next_due_at=None)
        make_insight(session, age_hours=5)
        then = make_insight(session, age_hours=60)
    run(database, clock, at=clock.now() - 2 * DAY)
    assert [pick[0] for pick in briefs(database)[0].picks] == [then.id]


def test_a_reader_of_two_lists_gets_different_insights_from_each(database, clock):
    with database.transaction() as session:
        readers = [make_subscriber(session) for _ in range(5)]
        for slug in ("daily", "weekly"):
            newsletter = make_list(session, slug=slug)
            for reader in readers:
                make_subscription(session, newsletter, subscriber=reader, next_due_at=None)
        for _ in range(10):
            make_insight(session)

    first, _ = run(database, clock)
    second, _ = run(database, clock, slug="weekly")

    assert (equation(database, first).due, equation(database, second).due) == (5, 5)
    for reader in readers:
        picks = [p[0] for b in briefs(database, subscriber_id=reader.id) for p in b.picks]
        assert len(picks) == len(set(picks)) == 10
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Shown)) == 50


def test_only_active_subscriptions_are_run(database, clock):
    with database.transaction() as session:
        newsletter = make_list(session, slug="daily")
        make_insight(session)
        for status in ("active", "pending", "paused", "unsubscribed"):
            make_subscription(session, newsletter, status=status, next_due_at=None)
    made, _ = run(database, clock)
    assert equation(database, made).due == len(briefs(database)) == 1


def test_a_list_nobody_made_is_named(database, clock):
    with pytest.raises(NotFoundError, match="there is no list 'nightly'"):
        run(database, clock, slug="nightly")
