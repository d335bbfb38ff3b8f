"""Recovery: after a kill the journal tells what was never begun, answered, or in flight."""

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select, update

from service.clock import FixedClock
from service.db.database import Database
from service.editions.models import Batch, Brief
from service.editions.plan import plan_due
from service.ledger.models import Wave
from service.sending import journal as journals
from service.sending.deliver import deliver_next_batch
from service.sending.outcome import Verdict
from service.sending.pace import Pace
from service.sending.recover import recover
from service.sending.sweep import sweep
from tests.factories.sending import EPOCH, equation_holds, sender_of, states
from tests.factories.store import make_insight, make_list, make_subscription
from tests.factories.transports import MemoryTransport, outcome

WAVE = 10
STEPS = (60.0,)


class Killed(BaseException):
    """Nothing catches it: what a kill -9 leaves is what stands in the store and the journal."""


@pytest.fixture
def planned(database: Database, clock: FixedClock) -> Database:
    with database.transaction() as session:
        newsletter = make_list(session)
        for _ in range(6):
            make_insight(session)
        for _ in range(WAVE):
            make_subscription(session, newsletter)
    plan_due(database, now=clock.now())
    return database


def killed_at(planned, clock, folder: Path, number: int, *, after_taking: bool):
    """Run a sender that dies at its `number`th message, before or after the other side took it."""

    def script(message):
        if len(transport.taken) == number - 1:
            if after_taking:
                transport.taken.append(message)
            raise Killed

    transport = MemoryTransport(script)
    sender = sender_of(planned, clock, transport, journals=folder, pace=Pace(per_second=100))
    sender.turn_journal()
    with pytest.raises(Killed):
        deliver_next_batch(sender)
    assert sender.journal is not None
    sender.journal.close()  # the kernel unlocks the files of the dead
    return transport


@pytest.mark.parametrize("after_taking", [True, False])
def test_a_kill_leaves_only_the_message_in_flight_in_doubt(planned, clock, tmp_path, after_taking):
    dead = killed_at(planned, clock, tmp_path, 4, after_taking=after_taking)

    assert recover(planned, tmp_path, now=clock.now(), steps=STEPS) == 1

    assert states(planned) == {"accepted": 3, "in_doubt": 1, "planned": 6}
    survivor = MemoryTransport()
    deliver_next_batch(sender_of(planned, clock, survivor, name="test:2"))
    assert states(planned) == {"accepted": 9, "in_doubt": 1}
    assert not set(survivor.recipients) & set(dead.recipients)
    assert equation_holds(planned)
    assert list(tmp_path.glob("*.journal")) == []


def test_what_was_never_begun_burned_no_attempt(planned, clock, tmp_path):
    killed_at(planned, clock, tmp_path, 1, after_taking=False)

    recover(planned, tmp_path, now=clock.now(), steps=STEPS)

    with planned.reading() as session:
        attempts = session.scalars(select(Brief.attempt).where(Brief.state == "planned")).all()
    assert set(attempts) == {0}


def test_a_journal_that_may_have_lost_lines_proves_nothing_by_silence(
    planned, clock, tmp_path, monkeypatch
):
    killed_at(planned, clock, tmp_path, 4, after_taking=True)
    monkeypatch.setattr(journals, "boot_id", lambda: "after-a-power-cut")

    recover(planned, tmp_path, now=clock.now(), steps=STEPS)

    assert states(planned) == {"accepted": 3, "in_doubt": 7}


def test_a_lost_journal_leaves_its_wave_in_doubt_when_the_lease_ends(planned, clock, tmp_path):
    killed_at(planned, clock, tmp_path, 4, after_taking=True)
    for file in tmp_path.glob("*.journal"):
        file.unlink()

    recover(planned, tmp_path, now=clock.now(), steps=STEPS)
    assert states(planned) == {"sending": WAVE}
    with planned.transaction() as session:
        session.execute(update(Wave).values(lease_until=EPOCH))
        session.execute(update(Batch).values(lease_until=EPOCH))
    sweep(planned, now=clock.now())

    assert states(planned) == {"in_doubt": WAVE}


def test_a_journal_found_after_the_lease_ended_still_settles_its_wave(planned, clock, tmp_path):
    killed_at(planned, clock, tmp_path, 4, after_taking=True)
    with planned.transaction() as session:
        session.execute(update(Wave).values(lease_until=EPOCH))
        session.execute(update(Batch).values(lease_until=EPOCH))
    sweep(planned, now=clock.now())
    assert states(planned) == {"in_doubt": WAVE}

    recover(planned, tmp_path, now=clock.now(), steps=STEPS)

    assert states(planned) == {"accepted": 3, "in_doubt": 1, "planned": 6}
    assert deliver_next_batch(sender_of(planned, clock, MemoryTransport(), name="test:2")) is True
    assert states(planned) == {"accepted": 9, "in_doubt": 1}


def test_nothing_is_begun_that_the_journal_could_not_note(planned, clock, tmp_path, monkeypatch):
    transport = MemoryTransport()
    sender = sender_of(planned, clock, transport, journals=tmp_path)
    sender.turn_journal()
    stop = {"now": False}
    sender.should_stop = lambda: stop["now"]

    def full(_self, _attempts, **_more):
        stop["now"] = True
        return False

    monkeypatch.setattr(journals.Journal, "begin", full)
    deliver_next_batch(sender)

    assert transport.taken == []
    assert states(planned) == {"planned": WAVE}


def test_a_frozen_worker_that_wakes_reports_what_it_never_began(planned, clock, tmp_path):
    other = MemoryTransport()

    def frozen_past_the_lease(message):
        if transport.taken:
            return outcome(message, Verdict.NOT_BEGUN)
        with planned.transaction() as session:
            session.execute(update(Wave).values(lease_until=EPOCH))
            session.execute(update(Batch).values(lease_until=EPOCH))
        sweep(planned, now=clock.now())
        recover(
            planned, tmp_path, now=clock.now(), steps=STEPS
        )  # its lock is held: nothing is read
        assert states(planned) == {"in_doubt": WAVE}
        return None

    transport = MemoryTransport(frozen_past_the_lease)
    sender = sender_of(planned, clock, transport, journals=tmp_path, pace=Pace(per_second=100))
    sender.turn_journal()
    deliver_next_batch(sender)

    assert states(planned) == {"accepted": 1, "planned": WAVE - 1}
    deliver_next_batch(sender_of(planned, clock, other, name="test:2"))
    assert states(planned) == {"accepted": WAVE}
    clock.advance(dt.timedelta(minutes=1))
    assert len(set(transport.recipients + other.recipients)) == WAVE
