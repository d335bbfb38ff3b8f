"""Who is due is read in pages: everybody once, whoever waits longest first, grouped by place."""

import datetime as dt
from functools import partial

from sqlalchemy import select

from service.audience.models import Subscription, Suppression
from service.clock import FixedClock
from service.db.database import Database
from service.editions.due_page import (
    NOBODY_YET,
    DueGroup,
    Place,
    active_page,
    due_page,
    last_of,
    split,
)
from service.editions.plan import plan_due
from tests.factories.store import make_insight, make_list, make_subscriber, make_subscription

HOUR = dt.timedelta(hours=1)


def pages_of_due(database: Database, list_id: int, now: dt.datetime, *, size: int):
    after = NOBODY_YET
    while True:
        with database.reading() as session:
            page = due_page(session, list_id=list_id, now=now, after=after, limit=size)
        if not page:
            return
        after = last_of(page, by_id=False)
        yield page


def ids_of(page: list[DueGroup]) -> set[int]:
    return {number for group in page for number in group.subscription_ids}


def test_everybody_due_comes_once_whoever_waits_longest_first(
    database: Database, clock: FixedClock
):
    now = clock.now()
    with database.transaction() as session:
        newsletter, other = make_list(session), make_list(session)
        waits = [3, 1, 2, 3, 0, 1, 2]  # hours; the order of ids says nothing
        made = [
            make_subscription(session, newsletter, next_due_at=now - hours * HOUR).id
            for hours in waits
        ]
        make_subscription(session, newsletter, next_due_at=now + dt.timedelta(seconds=1))
        make_subscription(session, newsletter, next_due_at=now, status="paused")
        make_subscription(session, other, next_due_at=now)
        list_id = newsletter.id

    pages = [ids_of(page) for page in pages_of_due(database, list_id, now, size=3)]

    by_wait = sorted(zip(waits, made, strict=True), key=lambda one: (-one[0], one[1]))
    in_order = [number for _, number in by_wait]
    assert pages == [set(in_order[:3]), set(in_order[3:6]), set(in_order[6:])]


def test_people_of_one_place_are_one_group_and_nobody_else_is_in_it(
    database: Database, clock: FixedClock
):
    with database.transaction() as session:
        newsletter = make_list(session)
        make_subscription(session, newsletter, next_due_at=clock.now())
        in_berlin = partial(
            make_subscription,
            session,
            newsletter,
            timezone="Europe/Berlin",
            next_due_at=clock.now(),
        )
        together = [in_berlin() for _ in range(3)]
        other_hour = in_berlin(hour=21)
        bounced = in_berlin()
        who = session.get_one(type(make_subscriber(session)), bounced.subscriber_id)
        session.add(
            Suppression(
                address_key=who.address_key, reason="bounced", source="smtp", since=clock.now()
            )
        )
        pairs = [(one.id, one.subscriber_id) for one in together]
        list_id, apart = newsletter.id, {other_hour.id, bounced.id}

    with database.reading() as session:
        page = due_page(session, list_id=list_id, now=clock.now(), limit=10)
        everybody = active_page(session, list_id=list_id, limit=10)

    groups = {len(group): group for group in page}
    assert sorted(map(len, page)) == [1, 1, 1, 3]
    ours = groups[3]
    assert list(zip(ours.subscription_ids, ours.subscriber_ids, strict=True)) == pairs
    assert (ours.place.timezone, ours.place.suppressed) == ("Europe/Berlin", False)
    assert ours.place.next_due_at == clock.now()
    assert [g.place.suppressed for g in page if g.subscription_ids == [max(apart)]] == [True]
    assert ids_of(everybody) == ids_of(page)


def test_all_active_people_come_by_their_ids_due_or_not(database: Database, clock: FixedClock):
    with database.transaction() as session:
        newsletter = make_list(session)
        made = [
            make_subscription(session, newsletter, next_due_at=due).id
            for due in (clock.now(), None, clock.now() + 9 * HOUR)
        ]
        list_id = newsletter.id

    found, after = [], NOBODY_YET
    for _ in made:
        with database.reading() as session:
            page = active_page(session, list_id=list_id, after=after, limit=1)
        after = last_of(page, by_id=True)
        found += sorted(ids_of(page))
    with database.reading() as session:
        assert active_page(session, list_id=list_id, after=after, limit=1) == []

    assert found == made


def test_a_page_cut_smaller_holds_the_same_people():
    place = Place("UTC", 7, "daily", 127, "en", True, None, "fewer", None, False)  # noqa: FBT003
    page = [
        DueGroup(place, [1, 2, 3, 4], [11, 12, 13, 14]),
        DueGroup(place._replace(hour=8), [5], [15]),
        DueGroup(place._replace(hour=9), [6, 7], [16, 17]),
    ]
    for size in range(1, 9):
        parts = list(split(page, size))
        assert all(sum(map(len, part)) == size for part in parts[:-1])
        pairs = [
            (group.place.hour, *pair)
            for part in parts
            for group in part
            for pair in zip(group.subscription_ids, group.subscriber_ids, strict=True)
        ]
        hours = [7] * 4 + [8] + [9] * 2
        assert pairs == list(zip(hours, range(1, 8), range(11, 18), strict=True))


def test_who_has_the_brief_of_a_date_already_is_served_and_holds_nobody_up(
    database: Database, clock: FixedClock
):
    with database.transaction() as session:
        newsletter = make_list(session)
        for hours in range(1, 7):
            make_insight(session, age_hours=hours)
        early = [
            make_subscription(session, newsletter, next_due_at=clock.now()).id for _ in range(3)
        ]
    assert plan_due(database, now=clock.now()).planned == 3
    with database.transaction() as session:
        for number in early:  # as if they were due again on the same date
            session.get_one(Subscription, number).next_due_at = clock.now()
        for _ in range(4):
            make_subscription(session, session.merge(newsletter), next_due_at=clock.now())

    tally = plan_due(database, now=clock.now())

    assert (tally.planned, tally.skipped, tally.already_served) == (4, 0, 3)
    with database.reading() as session:
        due = session.scalars(select(Subscription.next_due_at)).all()
    assert all(moment is not None and moment > clock.now() for moment in due)
