"""Sign-up: one mail for whoever asks, none for a bomb, and nothing to learn from outside."""

import datetime as dt
import threading
from ipaddress import ip_address
from typing import Any

import pytest
from sqlalchemy import select

from service.audience.models import Consent, Subscriber, Subscription, Suppression
from service.audience.sign_up_limits import Gate, Limits, may_mail
from service.audience.sign_up_models import AskedMail, SignUpAddress
from service.audience.sign_up_prune import (
    budgets_forgotten,
    consent_ips_forgotten,
    unconfirmed_forgotten,
)
from service.db.database import Database
from service.errors import TooOftenError
from tests.factories.asking import GATE, LIMITS, ask, owed
from tests.factories.store import make_list, make_subscriber, make_subscription

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ADA = "ada@example.org"


@pytest.fixture
def newsletter(database):
    with database.transaction() as session:
        return make_list(session, slug="daily", timezone="Europe/Berlin", hour=6, language="de")


def subscriptions(database: Database) -> list[Subscription]:
    with database.reading() as session:
        return list(session.scalars(select(Subscription).order_by(Subscription.id)))


def test_somebody_new_is_put_down_as_asking_and_owed_one_confirmation(database, newsletter, clock):
    ask(database, newsletter, "Ada@Example.org", now=clock.now(), form="embedded")
    assert owed(database) == [("confirm", "Ada@example.org")]
    (asked,) = subscriptions(database)
    assert (asked.status, asked.timezone, asked.hour) == ("pending", "Europe/Berlin", 6)
    assert asked.next_due_at is None
    with database.reading() as session:
        consent = session.scalars(select(Consent)).one()
        assert session.scalars(select(Subscriber.address_key)).one() == ADA
    assert (consent.act, consent.source, consent.ip) == ("asked", "embedded", "192.0.2.7")


@pytest.mark.parametrize(
    ("status", "mail"),
    [
        ("pending", [("confirm", ADA)]),
        ("unsubscribed", [("confirm", ADA)]),
        ("active", [("already", ADA)]),
        ("paused", [("already", ADA)]),
    ],
)
def test_who_is_known_is_sent_what_fits(database, newsletter, clock, status, mail):
    with database.transaction() as session:
        person = make_subscriber(session, email=ADA, address_key=ADA)
        make_subscription(session, newsletter, subscriber=person, status=status)
    ask(database, newsletter, ADA, now=clock.now())
    assert owed(database) == mail
    assert [one.status for one in subscriptions(database)] == [status], "nobody else's word counts"


def test_a_suppressed_address_is_sent_nothing_and_put_down_nowhere(database, newsletter, clock):
    with database.transaction() as session:
        session.add(
            Suppression(address_key=ADA, reason="complained", source="smtp", since=clock.now())
        )
    ask(database, newsletter, ADA, now=clock.now())
    assert owed(database) == []
    assert subscriptions(database) == []


def test_ten_thousand_posts_for_one_victim_send_one_mail(database, newsletter, clock):
    """The first two hundred as whole forms, each from elsewhere; the rest ask only for the turn.

    A mail without a turn there is none, as the whole forms show.
    """
    for number in range(200):
        spelt = ADA if number % 2 else "ADA@EXAMPLE.ORG"
        ask(database, newsletter, spelt, now=clock.now(), ip=ip_address(f"198.51.100.{number}"))
    with database.transaction() as session:
        turns = [
            may_mail(session, GATE, kind=AskedMail.CONFIRM, address_key=ADA, now=clock.now())
            for _ in range(9_800)
        ]
    assert not any(turns)
    assert [kind for kind, _ in owed(database)] == ["confirm"]


def test_an_address_is_mailed_once_a_day_and_three_times_without_an_answer(
    database, newsletter, clock
):
    for step in range(10 * 24):
        ask(database, newsletter, ADA, now=clock.now() + step * HOUR)
    assert owed(database) == [("confirm", ADA)] * 3


def test_who_is_on_the_list_is_told_so_once_a_day_at_most(database, newsletter, clock):
    with database.transaction() as session:
        person = make_subscriber(session, email=ADA, address_key=ADA)
        make_subscription(session, newsletter, subscriber=person)
    for step in range(3 * 24):
        ask(database, newsletter, ADA, now=clock.now() + step * HOUR)
    assert owed(database) == [("already", ADA)] * 3


def test_plus_addresses_are_people_of_their_own(database, newsletter, clock):
    for email in ("ada@example.org", "ada+news@example.org", "a.da@example.org"):
        ask(database, newsletter, email, now=clock.now())
    assert len(owed(database)) == 3


def test_both_spellings_of_a_domain_are_one_address(database, newsletter, clock):
    ask(database, newsletter, "jo@bücher.example", now=clock.now())
    ask(database, newsletter, "Jo@xn--bcher-kva.example", now=clock.now())
    assert len(owed(database)) == len(subscriptions(database)) == 1


def test_two_posts_at_the_same_moment_owe_one_mail(database, newsletter, clock):
    start = threading.Barrier(4)
    faults = []

    def press() -> None:
        start.wait(10)
        try:
            ask(database, newsletter, ADA, now=clock.now())
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is to show it
            faults.append(error)

    presses = [threading.Thread(target=press) for _ in range(4)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join(30)
    assert faults == []
    assert len(owed(database)) == len(subscriptions(database)) == 1


def test_another_list_asked_for_meanwhile_waits_for_the_same_confirmation(
    database, newsletter, clock
):
    with database.transaction() as session:
        others = [make_list(session) for _ in range(4)]
    ask(database, newsletter, ADA, now=clock.now())
    for other in others:
        ask(database, other, ADA, now=clock.now() + HOUR)
    assert owed(database) == [("confirm", ADA)]
    assert [one.status for one in subscriptions(database)] == ["pending"] * 3, "and no more than 3"


def limits(**changes: Any) -> Gate:
    values: dict[str, Any] = {
        "rest": DAY,
        "unanswered": 3,
        "per_ip": 99,
        "per_subnet": 99,
        "per_site": 99,
    }
    return Gate(Limits(**(values | changes)), b"k" * 32)


@pytest.mark.parametrize(
    ("gate", "visitors", "taken"),
    [
        (limits(per_ip=2), ["192.0.2.1"] * 4, 2),
        (limits(per_ip=2), ["192.0.2.1", "192.0.2.2", "192.0.2.3"], 3),
        (limits(per_subnet=2), ["192.0.2.1", "192.0.2.2", "192.0.2.250", "192.0.3.1"], 3),
        (limits(per_subnet=2), ["2001:db8::1", "2001:db8::ffff:1", "2001:db8::2"], 2),
        (limits(per_subnet=2), ["2001:db8::1", "2001:db8:0:1::1", "2001:db8:0:2::1"], 3),
        (limits(per_site=2), ["192.0.2.1", "198.51.100.1", "203.0.113.1"], 2),
        (limits(per_ip=1), [None, None], 1),
    ],
)
def test_a_visitor_a_network_and_the_site_have_an_hourly_budget(
    database, newsletter, clock, gate, visitors, taken
):
    refused = 0
    for number, visitor in enumerate(visitors):
        ip = ip_address(visitor) if visitor else None
        try:
            ask(database, newsletter, f"a{number}@example.org", now=clock.now(), gate=gate, ip=ip)
        except TooOftenError:
            refused += 1
    assert (len(owed(database)), refused) == (taken, len(visitors) - taken)
    ask(database, newsletter, "late@example.org", now=clock.now() + HOUR, gate=gate)
    assert len(owed(database)) == taken + 1, "the next hour has a budget of its own"


def test_a_form_without_the_work_asked_for_costs_ten(database, newsletter, clock):
    gate = limits(per_ip=25)
    for number in range(2):
        ask(database, newsletter, f"a{number}@example.org", now=clock.now(), gate=gate, cost=10)
    with pytest.raises(TooOftenError):
        ask(database, newsletter, "b@example.org", now=clock.now(), gate=gate, cost=10)
    ask(database, newsletter, "c@example.org", now=clock.now(), gate=gate)


def test_of_who_never_answered_only_a_digest_is_kept(database, newsletter, clock):
    ask(database, newsletter, ADA, now=clock.now())
    later = clock.now() + dt.timedelta(days=31)
    with database.transaction() as session:
        assert unconfirmed_forgotten(session, clock.now() + 29 * DAY) == 0
        assert unconfirmed_forgotten(session, later) == 1
        budgets_forgotten(session, later)
    with database.reading() as session:
        assert session.scalars(select(Subscriber)).all() == []
        assert session.scalars(select(Consent)).all() == []
        (kept,) = session.scalars(select(SignUpAddress))
    assert kept.address == GATE.digest(ADA)
    assert "ada" not in kept.address


def test_who_asked_anew_has_a_month_anew_and_imported_people_stay(database, newsletter, clock):
    with database.transaction() as session:
        make_subscription(session, newsletter, status="pending")
    ask(database, newsletter, ADA, now=clock.now())
    ask(database, newsletter, ADA, now=clock.now() + 20 * DAY)
    with database.transaction() as session:
        assert unconfirmed_forgotten(session, clock.now() + 31 * DAY) == 0
        assert unconfirmed_forgotten(session, clock.now() + 51 * DAY) == 1
    assert len(subscriptions(database)) == 1


def test_net_addresses_are_kept_as_long_as_the_list_says(database, newsletter, clock):
    with database.transaction() as session:
        short = make_list(session, consent_ip_days=5)
        never = make_list(session, consent_ip_days=0)
    for number, one in enumerate((newsletter, short, never)):
        ask(database, one, f"a{number}@example.org", now=clock.now())

    def kept(days: int) -> list[str | None]:
        with database.transaction() as session:
            consent_ips_forgotten(session, clock.now() + days * DAY + HOUR)
            return list(session.scalars(select(Consent.ip).order_by(Consent.id)))

    assert kept(4) == ["192.0.2.7", "192.0.2.7", None]
    assert kept(5) == ["192.0.2.7", None, None]
    assert kept(30) == [None, None, None]


def test_the_same_person_in_two_deployments_has_two_digests():
    assert GATE.digest(ADA) != Gate(LIMITS, b"other" * 8).digest(ADA)
