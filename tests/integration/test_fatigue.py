"""Ignored briefs slow down by themselves, step by step, where silence says something."""

import datetime as dt

import pytest
from sqlalchemy import func, select, update

from service.audience.fatigue_models import Fatigue, FooterNote
from service.audience.footer_notes import footer_notes
from service.audience.models import NewsletterList, Subscriber, Subscription
from service.audience.wake import note_act, take_weekly
from service.db.database import Database
from service.editions.models import Brief
from service.feedback.fatigue import sweep_fatigue
from service.ledger.notice_models import Notice
from tests.factories.store import make_list, make_subscriber, make_subscription

DAY = dt.timedelta(days=1)


class Weeks:
    """A list, its readers, and days that pass: whoever is due gets a brief, then the sweep runs."""

    def __init__(self, database: Database, clock) -> None:
        self.database, self.clock = database, clock
        self.brief_ids = iter(range(1, 10_000))
        with database.transaction() as session:
            self.list_id = make_list(session).id

    def reader(self, *, may_track=True, has_acted=True, **of_subscription) -> int:
        with self.database.transaction() as session:
            newsletter = session.get_one(NewsletterList, self.list_id)
            person = make_subscriber(session, may_track=may_track, created_at=self.clock.now())
            values = {"created_at": self.clock.now(), "next_due_at": self.clock.now()}
            made = make_subscription(
                session, newsletter, subscriber=person, **(values | of_subscription)
            )
            if has_acted:
                note_act(session, person.id, now=self.clock.now())
            return made.id

    def pass_days(self, days: int, *, sweep_every: int = 4, accepted: bool = True) -> None:
        for start in range(0, days, sweep_every):
            with self.database.transaction() as session:
                session.execute(update(Notice).values(state="accepted"))
                for _ in range(min(sweep_every, days - start)):
                    self._send(session, accepted=accepted)
                    self.clock.advance(DAY)
            sweep_fatigue(self.database, now=self.clock.now())

    def _send(self, session, *, accepted) -> None:
        now = self.clock.now()
        for one in session.scalars(select(Subscription).where(Subscription.status == "active")):
            one.next_due_at = now + DAY
            if one.frequency == "weekly" and now.weekday() != 5:
                continue
            brief = {
                "local_date": now.date(),
                "id": next(self.brief_ids),
                "list_id": one.list_id,
                "subscriber_id": one.subscriber_id,
                "subscription_id": one.id,
                "edition_id": 1,
                "tick_id": 1,
                "hour": 7,
                "frequency": one.frequency,
                "picks": [],
                "state": "accepted" if accepted else "failed",
                "due_at": now,
                "expires_at": now + DAY,
                "next_at": now,
                "created_at": now,
            }
            session.add(Brief(**brief))

    def stage(self, subscription_id: int) -> tuple[str | None, str, str]:
        with self.database.reading() as session:
            fatigue = session.get(Fatigue, subscription_id)
            one = session.get_one(Subscription, subscription_id)
            return fatigue.stage if fatigue else None, one.frequency, one.status

    def act(self, subscription_id: int) -> None:
        with self.database.transaction() as session:
            one = session.get_one(Subscription, subscription_id)
            note_act(session, one.subscriber_id, now=self.clock.now())

    def notes(self, subscription_id: int, date: dt.date) -> FooterNote | None:
        with self.database.reading() as session:
            return footer_notes(session, {subscription_id: date}).get(subscription_id)


@pytest.fixture
def weeks(database, clock):
    return Weeks(database, clock)


def test_who_ignores_everything_is_offered_weekly_then_slowed_then_asked_then_paused(weeks):
    reader = weeks.reader()
    seen: list[tuple[int, tuple[str | None, str, str]]] = []
    for _ in range(92):
        weeks.pass_days(1, sweep_every=1)
        stage = weeks.stage(reader)
        if not seen or seen[-1][1] != stage:
            seen.append(((weeks.clock.now().date() - dt.date(2026, 11, 22)).days, stage))
    assert [stage for _, stage in seen] == [
        (None, "daily", "active"),
        ("offered", "daily", "active"),
        ("weekly", "weekly", "active"),
        ("asked", "weekly", "active"),
        ("paused", "weekly", "paused"),
    ]
    days = [day for day, _ in seen]
    assert days[1] == 14, "ten briefs, but a fortnight at least"
    assert days[2] - days[1] >= 14
    assert days[3] - days[2] >= 28, "four weekly ones"
    assert days[4] - days[3] == 14
    with weeks.database.reading() as session:
        assert session.scalars(select(Notice.kind)).all() == ["still_there"]


@pytest.mark.parametrize("days", [16, 40, 100])
def test_any_act_brings_everything_back(weeks, days):
    reader = weeks.reader(frequency="weekdays")
    weeks.pass_days(days)
    assert weeks.stage(reader)[0] is not None
    weeks.act(reader)
    assert weeks.stage(reader) == (None, "weekdays", "active")
    weeks.pass_days(1)
    assert weeks.stage(reader) == (None, "weekdays", "active")


def test_silence_we_may_not_see_slows_nobody_and_asks_once_in_ninety_days(weeks):
    untracked = weeks.reader(may_track=False)
    never_acted = weeks.reader(has_acted=False)
    asked_on: dict[int, list[int]] = {untracked: [], never_acted: []}
    for _ in range(200):
        date = weeks.clock.now().date()
        for reader, dates in asked_on.items():
            if weeks.notes(reader, date) is FooterNote.STILL_WELCOME:
                dates.append((date - dt.date(2026, 11, 22)).days)
        weeks.pass_days(1, sweep_every=1)
    for reader, days in asked_on.items():
        assert weeks.stage(reader)[1:] == ("daily", "active")
        assert len(days) == 2
        assert 90 <= days[0] <= 92
        assert 90 <= days[1] - days[0] <= 92
    with weeks.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Notice)) == 0


def test_an_answer_puts_the_question_off_for_ninety_days(weeks):
    reader = weeks.reader(may_track=False)
    weeks.pass_days(80)
    weeks.act(reader)
    weeks.pass_days(80)
    assert weeks.stage(reader)[0] is None
    weeks.pass_days(12)
    assert weeks.stage(reader) == ("questioned", "daily", "active")


def test_briefs_that_were_never_accepted_are_ignored_by_nobody(weeks):
    reader = weeks.reader()
    weeks.pass_days(60, accepted=False)
    assert weeks.stage(reader) == (None, "daily", "active")


def test_a_list_can_say_that_nobody_is_slowed(weeks):
    with weeks.database.transaction() as session:
        session.execute(update(NewsletterList).values(fatigue_briefs=0))
    reader = weeks.reader()
    weeks.pass_days(40)
    assert weeks.stage(reader) == (None, "daily", "active")


def test_nobody_is_taken_off_a_list_that_does_not_say_so(weeks):
    reader = weeks.reader()
    weeks.pass_days(240)
    assert weeks.stage(reader) == ("paused", "weekly", "paused")


def test_a_list_that_says_so_ends_who_stays_paused(weeks):
    with weeks.database.transaction() as session:
        session.execute(update(NewsletterList).values(ended_after_days=60))
    reader = weeks.reader()
    weeks.pass_days(100)
    assert weeks.stage(reader)[2] == "paused"
    weeks.pass_days(60)
    assert weeks.stage(reader) == (None, "weekly", "unsubscribed")


def test_who_withdraws_the_leave_to_be_seen_gets_back_what_was_slowed(weeks):
    reader = weeks.reader()
    weeks.pass_days(40)
    assert weeks.stage(reader)[:2] == ("weekly", "weekly")
    with weeks.database.transaction() as session:
        session.execute(update(Subscriber).values(may_track=False))
    sweep_fatigue(weeks.database, now=weeks.clock.now())
    assert weeks.stage(reader) == (None, "daily", "active")


def test_the_offer_can_be_taken_and_then_it_is_their_own_wish(weeks):
    reader = weeks.reader()
    weeks.pass_days(16)
    date = weeks.clock.now().date()
    assert weeks.notes(reader, date) is FooterNote.OFFER_WEEKLY
    with weeks.database.transaction() as session:
        take_weekly(session, reader, now=weeks.clock.now())
    assert weeks.stage(reader) == (None, "weekly", "active")
    assert weeks.notes(reader, date) is None
    weeks.act(reader)
    assert weeks.stage(reader) == (None, "weekly", "active")


def test_a_pause_of_their_own_is_left_alone(weeks):
    reader = weeks.reader()
    weeks.pass_days(100)
    with weeks.database.transaction() as session:
        until = weeks.clock.now().date() + 30 * DAY
        session.execute(update(Subscription).values(paused_until=until))
    weeks.act(reader)
    assert weeks.stage(reader) == (None, "daily", "paused")


def test_a_second_sweep_changes_nothing(weeks):
    weeks.reader()
    weeks.pass_days(16)
    assert not any(sweep_fatigue(weeks.database, now=weeks.clock.now()))
