"""Beside a hand-over the store settles the wave before and marks the next: all ends the same."""

import time

import pytest
from sqlalchemy import func, select

from service.editions.models import Batch, Brief
from service.errors import UnavailableError
from service.ledger.models import Wave
from service.ledger.state import DeliveryState
from service.ledger.stops import stop_route
from service.rendering.message import OutgoingMessage
from service.sending import commit_wave
from service.sending.beside import Beside
from service.sending.deliver import deliver_next_batch
from service.sending.hand_over import hand_over
from service.sending.lease import Lease
from service.sending.outcome import Blame, Verdict
from service.sending.pace import Pace
from service.sending.recover import recover
from service.sending.sender import Sender
from tests.factories.outgoing import message
from tests.factories.sending import equation_holds, sender_of, states
from tests.factories.transports import MemoryTransport, outcome

WAVE = 2
STEPS = [60.0]


@pytest.fixture(autouse=True)
def small_waves(monkeypatch):
    monkeypatch.setattr(Pace, "wave_size", lambda _self: WAVE)


@pytest.fixture
def sender(planned, clock, tmp_path) -> Sender:
    return sender_of(
        planned, clock, MemoryTransport(), journals=tmp_path, beside=Beside(), wait=lambda _: None
    )


def count(database, *conditions) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Brief).where(*conditions)) or 0


def unsettled_waves(database) -> int:
    with database.reading() as session:
        waves = select(func.count()).select_from(Wave).where(Wave.settled_at.is_(None))
        return session.scalar(waves) or 0


def let_the_store_finish(sender: Sender) -> None:
    assert sender.beside is not None
    if sender.beside._running is not None:
        sender.beside._running.exception(timeout=30)


def test_everybody_gets_one_and_every_wave_is_written_down(planned, sender):
    assert deliver_next_batch(sender) is True
    assert deliver_next_batch(sender) is False

    assert len(sender.transport.recipients) == len(set(sender.transport.recipients)) == 7
    assert sender.transport.waves == [2, 2, 2, 1]
    assert states(planned) == {"accepted": 7}
    assert unsettled_waves(planned) == 0
    assert equation_holds(planned)
    with planned.reading() as session:
        assert session.scalars(select(Batch.state)).all() == ["done"]


def test_while_one_wave_goes_out_the_next_is_marked_and_the_last_settled(planned, sender):
    seen = []

    def look(_message):
        let_the_store_finish(sender)
        seen.append(states(planned))

    sender.transport.script = look
    deliver_next_batch(sender)

    assert seen[0] == {"planned": 3, "sending": 4}
    assert seen[2] == {"accepted": 2, "planned": 1, "sending": 4}
    assert seen[4] == {"accepted": 4, "sending": 3}


def test_told_to_stop_it_gives_back_the_wave_it_had_not_begun(planned, sender):
    def stop(_message):
        let_the_store_finish(sender)
        sender.should_stop = lambda: True

    sender.transport.script = stop
    deliver_next_batch(sender)

    assert states(planned) == {"accepted": 1, "planned": 6}
    assert count(planned, Brief.attempt > 0) == 1
    assert unsettled_waves(planned) == 0
    sender.should_stop = lambda: False
    sender.transport.script = lambda _message: None
    while deliver_next_batch(sender):
        pass
    assert states(planned) == {"accepted": 7}
    assert len(sender.transport.recipients) == len(set(sender.transport.recipients)) == 7


def test_a_wave_that_waited_too_long_for_its_turn_begins_nothing(planned, sender):
    lease = Lease(batch_id=1, edition_id=1, local_date=None, owner="x", fence=1)  # type: ignore[arg-type]

    class Empty:
        def __init__(self) -> None:
            self.lease = lease

        def compose(self, delivery_id: int, _attempt: int) -> OutgoingMessage:
            return message(delivery_id)

    outcomes = list(hand_over(sender, Empty(), "w", {1: 1, 2: 1}, until=time.monotonic() - 1))  # type: ignore[arg-type]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.NOT_BEGUN] * 2


def test_a_store_that_is_away_for_a_moment_is_waited_for(planned, sender, monkeypatch):
    original, calls = commit_wave.settle_and_mark, []

    def away_at_times(*args):
        calls.append(args)
        if len(calls) in (2, 4, 5):
            raise UnavailableError("the store is away")
        return original(*args)

    monkeypatch.setattr(commit_wave, "settle_and_mark", away_at_times)
    deliver_next_batch(sender)

    assert states(planned) == {"accepted": 7}
    assert len(sender.transport.recipients) == len(set(sender.transport.recipients)) == 7


def test_when_the_loop_breaks_what_was_never_begun_is_planned_again(
    planned, sender, clock, tmp_path
):
    def broken(_message):
        let_the_store_finish(sender)
        raise MemoryError

    sender.transport.script = broken
    with pytest.raises(MemoryError):
        deliver_next_batch(sender)
    assert states(planned) == {"planned": 3, "sending": 4}

    recover(planned, tmp_path, now=clock.now(), steps=STEPS)
    assert states(planned) == {"in_doubt": 1, "planned": 6}


def test_a_store_that_went_back_meanwhile_ends_it_after_the_wave_in_hand(
    planned, sender, monkeypatch
):
    asked = []

    def trusted_at_first(*_, **__):
        asked.append(True)
        return len(asked) == 1

    monkeypatch.setattr(commit_wave, "is_trusted", trusted_at_first)
    deliver_next_batch(sender)

    assert len(sender.transport.recipients) <= WAVE  # the wave in hand, or what was left of it
    assert sender.journal is None
    assert count(planned, Brief.state == DeliveryState.PLANNED.value) == 7 - WAVE


def test_a_stop_that_the_store_tells_of_ends_the_wave_in_hand_and_the_one_marked(planned, sender):
    def stop_the_route() -> None:
        with planned.transaction() as session:
            stop_route(session, "memory", "twice", by="test", now=sender.clock.now())

    taken = sender.transport.taken

    def script(message):
        let_the_store_finish(sender)
        if len(taken) == 1:
            stop_the_route()

    sender.transport.script = script
    deliver_next_batch(sender)

    assert len(taken) == WAVE + 1  # asked of the store beside the first message of the second wave
    assert states(planned) == {"accepted": WAVE + 1, "planned": 4 - WAVE + 2}
    assert unsettled_waves(planned) == 0


def test_a_route_that_fails_is_not_tried_with_the_wave_that_was_marked_meanwhile(planned, sender):
    def down(letter):
        let_the_store_finish(sender)
        return outcome(letter, Verdict.DEFERRED, blame=Blame.ROUTE)

    sender.transport.script = down
    deliver_next_batch(sender)

    assert sender.transport.waves == [WAVE]
    assert states(planned) == {"deferred": WAVE, "planned": 7 - WAVE}


def test_given_up_it_does_not_try_for_ever():
    beside: Beside[int] = Beside()

    def until_given_up() -> int:
        beside._given_up.wait(30)
        raise UnavailableError("nobody waits any more")

    beside.start(until_given_up)
    beside.give_up()
    assert not beside.is_given_up
    beside.start(lambda: 5)
    assert beside.result() == 5
