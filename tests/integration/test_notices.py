"""Notices: owed once, sent ahead of everything, by the code that sends briefs."""

import datetime as dt
import email
import email.policy
from typing import Any

import pytest
from sqlalchemy import select

from service.audience.models import Subscriber, Suppression
from service.clock import FixedClock
from service.db.database import Database
from service.editions.plan import plan_due
from service.jobs import Job
from service.ledger.models import Wave
from service.ledger.notice_models import NoticeKind
from service.ledger.notices import Recipient
from service.sending.claim_notices import WAVE
from service.sending.deliver import deliver_next_batch
from service.sending.outcome import Blame, Verdict
from service.sending.pace import Pace
from service.sending.sweep import sweep
from service.tokens import Purpose, Signer
from tests.factories.notices import GOOD_FOR, SECRET, notice_states, notices, owe
from tests.factories.sending import EPOCH, equation_holds, sender_of, states
from tests.factories.store import make_insight, make_list, make_subscription
from tests.factories.transports import MemoryTransport, outcome


@pytest.fixture
def house(database: Database) -> Database:
    """A store with one list, in whose name mails go out that belong to no list."""
    with database.transaction() as session:
        make_list(session, from_name="The Desk", from_email="desk@podbrief.example")
    return database


def test_a_deed_done_twice_owes_one_notice_and_rings_once(house, clock):
    rung = []

    class Bell:
        def ring(self, job):
            rung.append(job)

    with house.transaction() as session:
        assert owe(session, now=clock.now(), doorbell=Bell()) is True
        assert owe(session, now=clock.now(), doorbell=Bell()) is False
        assert rung == [], "nobody can see the row before it is committed"
    assert rung == [Job.DELIVER]
    with house.transaction() as session:
        assert owe(session, now=clock.now(), doorbell=Bell()) is False
    assert rung == [Job.DELIVER]
    assert notice_states(house) == {"planned": 1}


def test_a_deed_that_is_rolled_back_owes_nothing(house, clock):
    def fails_at_last() -> None:
        with house.transaction() as session:
            owe(session, now=clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails_at_last()
    assert notices(house) == []


def test_a_sign_in_link_arrives_and_lies_nowhere_in_clear(house, clock):
    with house.transaction() as session:
        owe(session, now=clock.now())
    (row,) = notices(house)
    assert SECRET not in str(vars(row))

    transport = MemoryTransport()
    assert deliver_next_batch(sender_of(house, clock, transport)) is True
    assert deliver_next_batch(sender_of(house, clock, transport)) is False

    (message,) = transport.taken
    assert message.recipient == message.content.parts().recipient == "ines@example.org"
    assert message.transactional
    letter: Any = email.message_from_bytes(message.content.wire(), policy=email.policy.default)
    assert letter.defects == []
    assert letter["From"] == "The Desk <desk@podbrief.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe"] is letter["Precedence"] is letter["List-Id"] is None
    link = f"https://brief.example.org/signin/{SECRET}"
    for kind in ("plain", "html"):
        assert link in letter.get_body((kind,)).get_content()
    assert "15 minutes" in letter.get_body(("plain",)).get_content()
    assert notice_states(house) == {"accepted": 1}
    with house.reading() as session:
        wave = session.scalars(select(Wave)).one()
    assert (wave.batch_id, wave.edition_id, wave.local_date) == (None, None, None)
    assert wave.settled_at is not None


def test_a_confirmation_comes_from_its_list_and_carries_a_signed_link(house, clock):
    with house.transaction() as session:
        newsletter = make_list(session, name="Bees Daily", from_email="bees@podbrief.example")
        owe(
            session,
            now=clock.now(),
            kind=NoticeKind.CONFIRM,
            recipient=Recipient(
                address="bo@example.org", address_key="bo@example.org", list_id=newsletter.id
            ),
            expires_at=clock.now() + dt.timedelta(days=2),
            arguments={"subscription_id": 77},
        )
    transport = MemoryTransport()
    deliver_next_batch(sender_of(house, clock, transport))

    parts = transport.taken[0].content.parts()
    assert parts.sender.endswith("<bees@podbrief.example>")
    assert parts.subject == "Confirm that you want Bees Daily"
    token = parts.text.split("/confirm/")[1].split()[0]
    assert Signer([b"k" * 32]).read(Purpose.CONFIRM, token, now=clock.now()) == (77,)


@pytest.mark.parametrize(
    ("reason", "state"),
    [("bounced", "suppressed"), ("complained", "accepted"), ("by hand", "accepted")],
)
def test_only_an_address_that_does_not_exist_stops_what_its_owner_asked_for(
    house, clock, reason, state
):
    with house.transaction() as session:
        owe(session, now=clock.now())
        session.add(
            Suppression(address_key="ines@example.org", reason=reason, source="x", since=EPOCH)
        )
    transport = MemoryTransport()
    deliver_next_batch(sender_of(house, clock, transport))

    assert notice_states(house) == {state: 1}
    assert len(transport.taken) == (state == "accepted")


def test_an_address_its_server_refuses_is_suppressed(house, clock):
    with house.transaction() as session:
        owe(session, now=clock.now())
    transport = MemoryTransport(lambda m: outcome(m, Verdict.FAILED, blame=Blame.ADDRESS))
    deliver_next_batch(sender_of(house, clock, transport))

    with house.reading() as session:
        assert session.scalars(select(Suppression.address_key)).all() == ["ines@example.org"]


def test_one_notice_that_cannot_be_made_stops_no_other(house, clock):
    with house.transaction() as session:
        owe(session, "a@example.org", now=clock.now(), arguments={})
        owe(session, "b@example.org", now=clock.now(), arguments={"sealed": "not ours"})
        owe(session, "c@example.org", now=clock.now())
        owe(session, "not an address", now=clock.now())
    transport = MemoryTransport()
    deliver_next_batch(sender_of(house, clock, transport))

    assert transport.recipients == ["c@example.org"]
    assert notice_states(house) == {"accepted": 1, "failed": 3}


def test_what_is_deferred_is_tried_again_until_it_expires(house, clock):
    with house.transaction() as session:
        owe(session, now=clock.now())
    transport = MemoryTransport(lambda m: outcome(m, Verdict.DEFERRED, blame=Blame.MAILBOX))
    sender = sender_of(house, clock, transport)
    tries = 0
    for _ in range(10):
        tries += deliver_next_batch(sender)
        clock.advance(dt.timedelta(minutes=2))
        sweep(house, now=clock.now())

    assert tries == sum(transport.waves) == 3  # after 1 and 5 minutes more; then it is too late
    assert notice_states(house) == {"expired": 1}


def test_nothing_is_left_of_the_address_once_it_is_over(house, clock):
    with house.transaction() as session:
        owe(session, now=clock.now())
    deliver_next_batch(sender_of(house, clock, MemoryTransport()))
    sweep(house, now=clock.now())
    assert notices(house)[0].recipient == "ines@example.org"

    clock.advance(GOOD_FOR)
    sweep(house, now=clock.now())

    (row,) = notices(house)
    assert (row.recipient, row.address_key, row.arguments) == ("", "", {})
    assert (row.state, row.staff_id) == ("accepted", 1)


def test_with_nobody_to_send_it_the_row_says_what_to_set(database, clock):
    with database.transaction() as session:
        owe(session, now=clock.now())
    deliver_next_batch(sender_of(database, clock, MemoryTransport()))
    (row,) = notices(database)
    assert row.state == "failed"
    assert "PODBRIEF_MAIL_FROM_ADDRESS" in (row.reply or "")


@pytest.fixture
def morning_rush(database: Database, clock: FixedClock) -> Database:
    """2,000 briefs that are due now, in ten batches."""
    with database.transaction() as session:
        newsletter = make_list(session)
        for _ in range(6):
            make_insight(session)
        session.add_all(
            Subscriber(email=f"p{n}@example.org", address_key=f"p{n}@example.org", created_at=EPOCH)
            for n in range(1_999)
        )
        for person in [None, *session.scalars(select(Subscriber))]:
            make_subscription(session, newsletter, subscriber=person)
    plan_due(database, now=clock.now())
    return database


def test_while_briefs_drain_a_notice_goes_before_the_next_wave(morning_rush, clock):
    order: list[str] = []
    owed_at: dict[str, int] = {}

    def watch(message):
        order.append("notice" if message.transactional else "brief")
        if not message.transactional and len(order) % 450 == 0:
            address = f"staff{len(order)}@example.org"
            owed_at[address] = len(transport.waves)
            with morning_rush.transaction() as session:
                owe(session, address, now=clock.now())
        elif message.transactional:
            sent_at[message.recipient] = len(transport.waves)

    sent_at: dict[str, int] = {}
    transport = MemoryTransport(watch)
    sender = sender_of(morning_rush, clock, transport, pace=Pace(per_second=40))
    while deliver_next_batch(sender):
        pass

    assert len(owed_at) == 4
    assert sent_at == {address: wave + 1 for address, wave in owed_at.items()}
    assert max(transport.waves) <= 200
    assert states(morning_rush) == {"accepted": 2_000}
    assert notice_states(morning_rush) == {"accepted": 4}
    assert equation_holds(morning_rush)


def test_a_flood_of_notices_takes_turns_with_the_briefs(morning_rush, clock):
    with morning_rush.transaction() as session:
        for number in range(3 * WAVE):
            owe(session, f"s{number}@example.org", now=clock.now())
    transport = MemoryTransport()
    deliver_next_batch(sender_of(morning_rush, clock, transport, pace=Pace(per_second=25)))

    kinds = [message.transactional for message in transport.taken]
    assert kinds[: 2 * WAVE] == [True] * WAVE + [False] * 50
    assert kinds[2 * WAVE : 3 * WAVE] == [True] * WAVE
    assert notice_states(morning_rush) == {"accepted": 3 * WAVE}


def test_many_notices_go_in_small_waves_and_leave_the_briefs_pace_alone(house, clock):
    with house.transaction() as session:
        for number in range(WAVE + 5):
            owe(session, f"s{number}@example.org", now=clock.now())
    transport = MemoryTransport()
    sender = sender_of(house, clock, transport)
    while deliver_next_batch(sender):
        pass

    assert transport.waves == [WAVE, 5]
    assert sender.pace.per_second is None
    assert len(set(transport.recipients)) == WAVE + 5
