"""Any number of planners at once: one brief a person and date, each story once, nothing lost."""

import datetime as dt
import multiprocessing
import threading
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text

from service.audience.models import NewsletterList, Subscription
from service.clock import FixedClock
from service.db.database import Database
from service.editions.decide import Slot, slot_when_due
from service.editions.due import Rhythm
from service.editions.due_page import DueGroup, due_page
from service.editions.equation import equation_of
from service.editions.freeze import freeze
from service.editions.models import Batch, Brief, Edition, Tick
from service.editions.plan import PAGE_SIZE, plan_due
from service.editions.planned import Plan
from service.editions.run import run_edition
from service.ledger.models import Shown
from service.ledger.partitions import make_partitions
from service.selection.chosen import NO_CHOICES
from tests.factories.store import make_insight, make_list, make_subscriber, make_subscription

PEOPLE = 120
PLANNERS = 4
ZONES = ("UTC", "Pacific/Auckland", "America/New_York")


def populate(database: Database, clock: FixedClock, *, lists: int = 1, people: int = PEOPLE):
    with database.transaction() as session:
        make_partitions(session, today=clock.now().date())
        newsletters = [make_list(session) for _ in range(lists)]
        for _ in range(12):
            make_insight(session)
        readers = [make_subscriber(session) for _ in range(people)]
        for turn, newsletter in enumerate(newsletters):
            # the second list was joined in the opposite order
            for number, reader in enumerate(readers if turn % 2 == 0 else readers[::-1]):
                make_subscription(
                    session,
                    newsletter,
                    subscriber=reader,
                    timezone=ZONES[number % len(ZONES)],
                    next_due_at=clock.now(),
                )
    return newsletters


def at_once(*deeds: Callable[[], object]) -> list[BaseException]:
    start = threading.Barrier(len(deeds))
    faults: list[BaseException] = []

    def run(deed: Callable[[], object]) -> None:
        start.wait()
        try:
            deed()
        except BaseException as error:  # noqa: BLE001 - shown by the assertion that follows
            faults.append(error)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def assert_everybody_once(database: Database, *, briefs: int) -> None:
    with database.reading() as session:
        rows = session.execute(
            select(Brief.list_id, Brief.subscriber_id, Brief.local_date, Brief.picks, Brief.id)
        ).all()
        assert len(rows) == briefs
        assert len({tuple(row[:3]) for row in rows}) == briefs
        assert len({row.id for row in rows}) == briefs
        assert session.scalar(select(func.sum(Tick.due))) == briefs
        for edition in session.scalars(select(Edition.id)):
            assert equation_of(session, edition_id=edition).holds
        in_batches = session.scalar(select(func.count()).where(Brief.batch_id.is_not(None)))
        assert session.scalar(select(func.coalesce(func.sum(Batch.size), 0))) == in_batches
        shown = session.execute(select(Shown.subscriber_id, Shown.insight_id, Shown.brief_id))
        assert sorted(map(tuple, shown)) == sorted(
            (row.subscriber_id, pick[0], row.id) for row in rows for pick in row.picks
        )


def test_planners_of_one_list_serve_everybody_once(database: Database, clock: FixedClock):
    populate(database, clock)
    faults = at_once(*[lambda: plan_due(database, now=clock.now())] * PLANNERS)
    assert faults == []
    assert_everybody_once(database, briefs=PEOPLE)


def test_planners_and_a_run_by_hand_do_not_meet(database: Database, clock: FixedClock):
    (newsletter,) = populate(database, clock)

    def by_hand() -> None:
        run_edition(database, list_slug=newsletter.slug, as_of=clock.now(), now=clock.now())

    def by_clock() -> None:
        plan_due(database, now=clock.now())

    assert at_once(by_hand, by_clock, by_hand, by_clock) == []
    assert_everybody_once(database, briefs=PEOPLE)


def test_two_lists_of_the_same_readers_planned_at_once_share_no_story(
    database: Database, clock: FixedClock
):
    newsletters = populate(database, clock, lists=2, people=60)

    def deed(newsletter: NewsletterList) -> Callable[[], object]:
        return lambda: run_edition(
            database, list_slug=newsletter.slug, as_of=clock.now(), now=clock.now()
        )

    assert at_once(*[deed(newsletter) for newsletter in newsletters] * 2) == []
    plan_due(database, now=clock.now())
    assert_everybody_once(database, briefs=120)


def test_two_large_lists_joined_in_opposite_order_do_not_lock_each_other_out(
    postgresql_url: str, clock: FixedClock
):
    database = Database(postgresql_url)
    newsletters = populate(database, clock, lists=2, people=PAGE_SIZE)

    def deed(newsletter: NewsletterList) -> Callable[[], object]:
        return lambda: run_edition(
            database, list_slug=newsletter.slug, as_of=clock.now(), now=clock.now()
        )

    faults = at_once(*[deed(newsletter) for newsletter in newsletters])
    plan_due(database, now=clock.now())
    assert_everybody_once(database, briefs=2 * PAGE_SIZE)
    database.dispose()
    assert faults == []


@pytest.mark.parametrize("attempt", range(3))
def test_the_months_partitions_are_made_once_by_planners_that_start_at_once(
    database: Database, clock: FixedClock, attempt: int
):
    def deed() -> None:
        with database.transaction() as session:
            make_partitions(session, today=clock.now().date() + attempt * dt.timedelta(days=200))

    assert at_once(*[deed] * PLANNERS) == []


def plan_in_a_process(url: str, now: dt.datetime, ready: object, go: object) -> None:
    database = Database(url)
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    ready.release()  # type: ignore[attr-defined]  # a semaphore of multiprocessing
    go.wait()  # type: ignore[attr-defined]  # an event of multiprocessing
    plan_due(database, now=now)
    database.dispose()


def test_planners_in_processes_of_their_own_do_not_meet(database: Database, clock: FixedClock):
    populate(database, clock)
    url = database.url.render_as_string(hide_password=False)
    apart = multiprocessing.get_context("spawn")
    ready, go = apart.Semaphore(0), apart.Event()
    planners = [
        apart.Process(target=plan_in_a_process, args=(url, clock.now(), ready, go))
        for _ in range(2)
    ]
    for planner in planners:
        planner.start()
    for _ in planners:
        assert ready.acquire(timeout=60)
    go.set()
    for planner in planners:
        planner.join(60)
    assert [planner.exitcode for planner in planners] == [0, 0]
    assert_everybody_once(database, briefs=PEOPLE)


def test_who_leaves_while_a_page_is_planned_gets_nothing(database: Database, clock: FixedClock):
    populate(database, clock, people=40)

    def leave() -> None:
        for number in range(1, 41, 2):
            with database.transaction() as session:
                subscription = session.get_one(Subscription, number)
                subscription.status, subscription.next_due_at = "unsubscribed", None

    assert at_once(leave, lambda: plan_due(database, now=clock.now())) == []
    plan_due(database, now=clock.now())
    with database.reading() as session:
        served = set(session.scalars(select(Brief.subscription_id)))
        active = set(
            session.scalars(select(Subscription.id).where(Subscription.status == "active"))
        )
        due = session.scalar(select(func.sum(Tick.due)))
    assert active <= served
    assert due == len(served)


def test_who_wishes_otherwise_while_a_page_is_planned_keeps_the_new_wish(
    database: Database, clock: FixedClock
):
    (newsletter,) = populate(database, clock, people=3)
    with database.reading() as session:
        page = due_page(session, list_id=newsletter.id, now=clock.now(), limit=9)
    changed_id = page[1].subscription_ids[0]
    with database.transaction() as session:
        changed = session.get_one(Subscription, changed_id)
        changed.hour, changed.next_due_at = 21, None

    with database.transaction() as session:
        frozen = freeze(
            session,
            list_id=newsletter.id,
            plans=[
                Plan(
                    group=group,
                    slot=slot_of(group, now=clock.now()),
                    choices=[NO_CHOICES] * len(group),
                )
                for group in page
            ],
            served=[],
            run_id=None,
            now=clock.now(),
        )

    assert (frozen.planned, frozen.skipped) == (0, 2)
    with database.reading() as session:
        assert session.get_one(Subscription, changed_id).next_due_at is None
        assert session.get_one(Subscription, changed_id).last_due_at is None
        assert changed_id not in session.scalars(select(Brief.subscription_id)).all()


def slot_of(group: DueGroup, *, now: dt.datetime) -> Slot:
    place = group.place
    return slot_when_due(
        due_at=now,
        rhythm=Rhythm(ZoneInfo(place.timezone), place.hour, place.frequency, place.days),
        suppressed=place.suppressed,
        lateness=dt.timedelta(hours=6),
        now=now,
    )


def test_more_people_than_a_page_holds_are_all_served(sqlite_url: str, clock: FixedClock):
    database = Database(sqlite_url)
    populate(database, clock, people=PAGE_SIZE + 7)
    assert plan_due(database, now=clock.now()).planned == PAGE_SIZE + 7
    assert_everybody_once(database, briefs=PAGE_SIZE + 7)
    database.dispose()
