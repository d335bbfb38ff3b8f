"""Delivering: every planned brief ends in one state, and nothing is handed over twice."""

import datetime as dt

import pytest
from sqlalchemy import select, update

from service.audience.models import NewsletterList, Subscriber, Subscription, Suppression
from service.editions import control
from service.editions.models import Batch, Brief, Edition
from service.ledger.models import Wave
from service.sending.deliver import deliver_next_batch
from service.sending.outcome import Blame, Verdict
from service.sending.sweep import sweep
from tests.factories.sending import EPOCH, equation_holds, sender_of, states
from tests.factories.transports import MemoryTransport, outcome


def test_a_batch_is_delivered_once_to_everybody_in_it(planned, clock):
    transport = MemoryTransport()
    sender = sender_of(planned, clock, transport)

    assert deliver_next_batch(sender) is True
    assert deliver_next_batch(sender) is False

    assert len(transport.recipients) == len(set(transport.recipients)) == 7
    assert states(planned) == {"accepted": 7}
    assert equation_holds(planned)
    with planned.reading() as session:
        assert session.scalars(select(Batch.state)).all() == ["done"]
        assert session.scalars(select(Wave).where(Wave.settled_at.is_(None))).all() == []


def test_the_message_is_theirs(planned, clock):
    transport = MemoryTransport()
    deliver_next_batch(sender_of(planned, clock, transport))

    with planned.reading() as session:
        names = dict(session.execute(select(Subscriber.email, Subscriber.name)).all())
    for message in transport.taken:
        assert names[message.recipient] in message.content.parts().recipient


def test_an_unsubscribe_and_a_suppression_win_until_the_wave_is_marked(planned, clock):
    with planned.transaction() as session:
        people = session.scalars(select(Subscriber).order_by(Subscriber.id)).all()
        session.execute(
            update(Subscription)
            .where(Subscription.subscriber_id == people[0].id)
            .values(status="unsubscribed", next_due_at=None)
        )
        session.add(
            Suppression(
                address_key=people[1].address_key, reason="complained", source="x", since=EPOCH
            )
        )

    transport = MemoryTransport()
    deliver_next_batch(sender_of(planned, clock, transport))

    assert states(planned) == {"accepted": 5, "cancelled": 1, "suppressed": 1}
    assert not {people[0].email, people[1].email} & set(transport.recipients)
    assert equation_holds(planned)


def test_what_is_deferred_is_tried_again_later_and_not_before(planned, clock):
    tries: list[str] = []

    def busy_once(message):
        tries.append(message.recipient)
        if tries.count(message.recipient) == 1:
            return outcome(message, Verdict.DEFERRED, blame=Blame.MAILBOX)
        return None

    sender = sender_of(planned, clock, MemoryTransport(busy_once))
    deliver_next_batch(sender)
    assert states(planned) == {"deferred": 7}
    assert deliver_next_batch(sender) is False

    clock.advance(dt.timedelta(minutes=2))
    assert deliver_next_batch(sender) is True

    assert states(planned) == {"accepted": 7}
    with planned.reading() as session:
        assert set(session.scalars(select(Brief.attempt))) == {2}


def test_a_doubtful_hand_over_is_never_repeated_and_ends_unknown(planned, clock):
    transport = MemoryTransport(lambda m: outcome(m, Verdict.IN_DOUBT))
    sender = sender_of(planned, clock, transport)
    deliver_next_batch(sender)
    assert states(planned) == {"in_doubt": 7}

    clock.advance(dt.timedelta(hours=5))
    deliver_next_batch(sender)
    assert sum(transport.waves) == 7

    clock.advance(dt.timedelta(hours=2))
    sweep(planned, now=clock.now())
    assert states(planned) == {"unknown": 7}
    assert equation_holds(planned)


def test_an_address_that_does_not_exist_is_suppressed_for_good(planned, clock):
    transport = MemoryTransport(
        lambda m: outcome(m, Verdict.FAILED, blame=Blame.ADDRESS, reply="5.1.1 no such user")
    )
    deliver_next_batch(sender_of(planned, clock, transport))

    assert states(planned) == {"failed": 7}
    with planned.reading() as session:
        details = session.scalars(select(Suppression.detail)).all()
    assert details == ["5.1.1 no such user"] * 7


def test_what_was_not_begun_burns_no_attempt(planned, clock):
    stop = {"now": False}

    def stop_after_first(message):
        stop["now"] = True

    transport = MemoryTransport(stop_after_first)
    sender = sender_of(planned, clock, transport, should_stop=lambda: stop["now"])
    deliver_next_batch(sender)

    assert states(planned) == {"accepted": 1, "planned": 6}
    with planned.reading() as session:
        assert sorted(session.scalars(select(Brief.attempt))) == [0] * 6 + [1]

    stop["now"] = False
    transport.script = lambda _message: None
    deliver_next_batch(sender)
    assert states(planned) == {"accepted": 7}
    assert len(set(transport.recipients)) == 7


def test_a_route_that_is_down_is_left_alone_for_a_while(planned, clock):
    transport = MemoryTransport(lambda m: outcome(m, Verdict.DEFERRED, blame=Blame.ROUTE))
    sender = sender_of(planned, clock, transport)

    deliver_next_batch(sender)
    assert deliver_next_batch(sender) is False

    assert sum(transport.waves) == 1  # a wave of one showed it; the others burned nothing
    assert states(planned) == {"deferred": 1, "planned": 6}


def test_a_worker_that_died_leaves_its_wave_in_doubt_and_its_batch_to_others(planned, clock):
    class Killed(BaseException):
        pass

    def die(_message):
        raise Killed

    with pytest.raises(Killed):
        deliver_next_batch(sender_of(planned, clock, MemoryTransport(die)))
    assert states(planned) == {"planned": 6, "sending": 1}

    with planned.transaction() as session:  # both leases run out
        session.execute(update(Wave).values(lease_until=EPOCH))
        session.execute(update(Batch).values(lease_until=EPOCH))
    sweep(planned, now=clock.now())
    transport = MemoryTransport()
    deliver_next_batch(sender_of(planned, clock, transport, name="test:2"))

    assert states(planned) == {"accepted": 6, "in_doubt": 1}
    assert len(transport.taken) == 6
    assert equation_holds(planned)


def test_a_worker_that_lost_its_lease_settles_what_it_sent_and_begins_no_more(planned, clock):
    other = MemoryTransport()

    def lose_the_lease(message):
        with planned.transaction() as session:
            session.execute(update(Batch).values(lease_until=EPOCH))
        sweep(planned, now=clock.now())
        deliver_next_batch(sender_of(planned, clock, other, name="test:2"))

    slow = MemoryTransport(lose_the_lease)
    deliver_next_batch(sender_of(planned, clock, slow))

    assert states(planned) == {"accepted": 7}
    assert len(slow.taken) == 1
    assert len(other.taken) == 6
    assert not set(slow.recipients) & set(other.recipients)


def test_a_paused_edition_is_not_sent_until_it_is_resumed(planned, clock):
    transport = MemoryTransport()
    sender = sender_of(planned, clock, transport)
    with planned.transaction() as session:
        control.pause(session, edition_id=1)
    assert deliver_next_batch(sender) is False

    with planned.transaction() as session:
        control.resume(session, edition_id=1, now=clock.now())
    assert deliver_next_batch(sender) is True
    assert len(transport.taken) == 7


def test_a_cancelled_edition_ends_with_everybody_accounted_for(planned, clock):
    with planned.transaction() as session:
        control.cancel(session, edition_id=1, now=clock.now())
    assert deliver_next_batch(sender_of(planned, clock, MemoryTransport())) is False
    sweep(planned, now=clock.now())

    assert states(planned) == {"cancelled": 7}
    assert equation_holds(planned)


def test_one_row_that_cannot_be_rendered_stops_nobody_else(planned, clock):
    with planned.transaction() as session:
        brief = session.scalars(select(Brief).order_by(Brief.id)).first()
        session.execute(update(Brief).where(Brief.id == brief.id).values(picks=[]))

    deliver_next_batch(sender_of(planned, clock, MemoryTransport()))

    assert states(planned) == {"accepted": 6, "failed": 1}


def test_a_missing_template_pauses_its_edition_and_says_where(planned, clock):
    with planned.transaction() as session:
        session.execute(update(NewsletterList).values(template="no_such_template"))

    transport = MemoryTransport()
    deliver_next_batch(sender_of(planned, clock, transport))

    with planned.reading() as session:
        edition = session.scalars(select(Edition)).one()
    assert edition.state == "paused"
    assert "no_such_template" in edition.problem
    assert states(planned) == {"planned": 7}
    assert transport.taken == []


def test_what_is_past_its_deadline_expires_instead_of_arriving_at_night(planned, clock):
    clock.advance(dt.timedelta(hours=7))
    sweep(planned, now=clock.now())
    transport = MemoryTransport()
    deliver_next_batch(sender_of(planned, clock, transport))

    assert states(planned) == {"expired": 7}
    assert transport.taken == []
    assert equation_holds(planned)


def test_nobody_turns_in_circles_over_what_only_the_sweeper_can_end(planned, clock):
    clock.advance(dt.timedelta(hours=7))
    sender = sender_of(planned, clock, MemoryTransport())

    assert [deliver_next_batch(sender), deliver_next_batch(sender)] == [True, False]


def test_an_edition_closes_when_its_last_zones_day_is_over(planned, clock):
    deliver_next_batch(sender_of(planned, clock, MemoryTransport()))
    sweep(planned, now=clock.now())
    with planned.reading() as session:
        assert session.scalars(select(Edition.state)).one() == "open"

    clock.advance(dt.timedelta(hours=48))
    sweep(planned, now=clock.now())
    with planned.reading() as session:
        assert session.scalars(select(Edition.state)).one() == "closed"
