"""Who reads rarely looks back over all that came since; who reads daily is not given old things."""

import datetime as dt
import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.models import Frequency, NewsletterList, Subscription
from service.clock import FixedClock
from service.db.database import Database
from service.editions.models import Brief
from service.editions.plan import plan_due
from service.insights.models import Insight
from service.selection.choose import Reader, chooser_for
from tests.factories.readers_choice import chosen_for, ids, no_luck
from tests.factories.store import NOW, make_insight, make_list, make_subscriber

DAY = 24


def a_week(session: Session) -> tuple[NewsletterList, list[Insight], list[Insight]]:
    """Return a list, five fine findings of six to four days ago, and many middling ones since."""
    newsletter = make_list(session)
    no_luck(session, newsletter)
    fine = [
        make_insight(session, speaker=f"Fine {n}", age_hours=4 * DAY + 10 * n, quality=1)
        for n in range(5)
    ]
    middling = [
        make_insight(session, speaker=f"Middling {n}", age_hours=2 + 6 * n, quality=0.4)
        for n in range(12)
    ]
    session.flush()
    return newsletter, fine, middling


def test_a_weekly_brief_holds_the_best_of_the_whole_week(database: Database):
    with database.transaction() as session:
        newsletter, fine, middling = a_week(session)
        people = [make_subscriber(session) for _ in range(2)]
        weekly, daily = chosen_for(
            session,
            newsletter,
            Reader(people[0].id, "en", is_weekly=True, days_since=7),
            Reader(people[1].id, "en"),
        )
    # five days ago and as good as can be beats today and middling: recency does not drown it
    assert set(ids(weekly)) == {one.id for one in fine}
    assert set(ids(daily)) <= {one.id for one in middling}


def test_how_far_a_week_goes_and_how_fast_it_fades_are_rules_of_the_list(database: Database):
    with database.transaction() as session:
        newsletter, fine, _ = a_week(session)
        reader = Reader(make_subscriber(session).id, "en", is_weekly=True)
        no_luck(session, newsletter, week_hours=4 * DAY + 5)
        (short,) = chosen_for(session, newsletter, reader)
        no_luck(session, newsletter, week_hours=7 * DAY, week_half_life_hours=8)
        (fading,) = chosen_for(session, newsletter, reader)
    assert set(ids(short)) & {one.id for one in fine} == {fine[0].id}
    assert not set(ids(fading)[:2]) & {one.id for one in fine}


def test_who_had_nothing_for_days_looks_back_to_their_last_brief_and_no_further(
    database: Database,
):
    with database.transaction() as session:
        newsletter, fine, _ = a_week(session)
        people = [make_subscriber(session) for _ in range(3)]
        found = chosen_for(
            session,
            newsletter,
            *(
                Reader(one.id, "en", days_since=days)
                for one, days in zip(people, (2, 4, 30), strict=True)
            ),
        )
    old = {one.id for one in fine}
    within = {one.id for one in fine if one.published_at > NOW - dt.timedelta(days=5)}
    assert [set(ids(picks)) & old for picks in found] == [set(), within, old]
    assert 0 < len(within) < len(old)


@pytest.mark.parametrize(
    ("frequency", "days", "reaches_back"),
    [
        (Frequency.DAILY, 127, False),
        (Frequency.WEEKLY, 127, True),
        (Frequency.DAYS, 1 << NOW.weekday(), True),
        (Frequency.DAYS, 1 << NOW.weekday() | 1 << (NOW.weekday() - 1) % 7, False),
    ],
)
def test_planning_knows_how_far_each_looks_back_by_their_rhythm(
    database: Database, clock: FixedClock, frequency: Frequency, days: int, *, reaches_back: bool
):
    with database.transaction() as session:
        newsletter, fine, _ = a_week(session)
        session.add(
            Subscription(
                list_id=newsletter.id,
                subscriber_id=make_subscriber(session).id,
                status="active",
                timezone="UTC",
                hour=7,
                frequency=frequency.value,
                days=days,
                created_at=NOW,
                next_due_at=NOW,
            )
        )
        session.flush()
        old = {one.id for one in fine}
    plan_due(database, now=clock.now())
    with database.reading() as session:
        brief = session.scalars(select(Brief)).one()
    assert bool({pick[0] for pick in brief.picks} & old) is reaches_back


def test_where_too_much_is_said_the_best_of_the_week_stay_beside_the_newest(database: Database):
    with database.transaction() as session:
        newsletter, fine, middling = a_week(session)
        month_old = make_insight(session, speaker="Old", age_hours=30 * DAY - 1, quality=1)
        no_luck(session, newsletter, most_candidates=10, most_of_week=3)
        chooser = chooser_for(session, newsletter, now=NOW)
        held = chooser.tick.candidates
        reader = Reader(make_subscriber(session).id, "en", is_weekly=True)
        picks = json.loads(chooser.choose(session, [reader]).choices[0].text)
        known = held.insight_ids.tolist()
    newest = sorted(middling, key=lambda one: one.published_at, reverse=True)[:10]
    assert known[:10] == [one.id for one in newest]
    assert set(known[10:]) == {one.id for one in fine[:3]}
    assert month_old.id not in known
    assert held.age_hours.tolist() == sorted(held.age_hours.tolist())
    assert {one.id for one in fine[:3]} <= set(ids(picks))


def test_a_weekly_reader_beside_daily_ones_gets_what_they_would_alone(database: Database):
    with database.transaction() as session:
        newsletter, _, _ = a_week(session)
        people = [make_subscriber(session) for _ in range(6)]
        readers = [
            Reader(one.id, "en", is_weekly=place % 2 == 0, days_since=1 + place)
            for place, one in enumerate(people)
        ]
        together = chosen_for(session, newsletter, *readers)
        alone = [chosen_for(session, newsletter, reader)[0] for reader in readers]
    assert together == alone
