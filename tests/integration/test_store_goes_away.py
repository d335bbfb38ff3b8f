"""The store goes away in mid-send: no living process leaves a lock, a mark or a batch behind."""

import datetime as dt

import pytest
from sqlalchemy import select, update

from service.editions.models import Batch
from service.editions.plan import plan_due
from service.errors import UnavailableError
from service.sending import journal as journals
from service.sending.deliver import deliver_next_batch
from service.sending.drain import Drain
from service.sending.pace import Pace
from service.sending.recover import recover
from service.sending.sweep import sweep
from tests.factories.mortal import LossyDatabase
from tests.factories.sending import sender_of, states
from tests.factories.store import make_insight, make_list, make_subscription
from tests.factories.transports import MemoryTransport

STEPS = (60.0,)
PEOPLE = 4


@pytest.fixture
def store(database_url, clock):
    found = LossyDatabase(database_url)
    with found.transaction() as session:
        newsletter = make_list(session)
        for _ in range(6):
            make_insight(session)
        for _ in range(PEOPLE):
            make_subscription(session, newsletter)
    plan_due(found, now=clock.now())
    yield found
    found.dispose()


@pytest.fixture
def sender(store, clock, tmp_path):
    return sender_of(store, clock, MemoryTransport(), journals=tmp_path, pace=Pace(per_second=50))


def mark_without_hearing_of_it(sender, store) -> None:
    """Lease, prepare, mark; the last commit is done, and its answer lost."""
    sender.turn_journal()
    store.fates.extend(["well", "well", "unheard"])
    with pytest.raises(UnavailableError):
        deliver_next_batch(sender)


def test_a_wave_marked_by_an_unheard_commit_is_given_back_while_its_process_lives(
    store, clock, sender, tmp_path
):
    mark_without_hearing_of_it(sender, store)
    assert states(store) == {"sending": PEOPLE}

    assert recover(store, tmp_path, now=clock.now(), steps=STEPS) == 1

    assert states(store) == {"planned": PEOPLE}
    sender.turn_journal()
    deliver_next_batch(sender)
    assert states(store) == {"accepted": PEOPLE}
    assert len(set(sender.transport.recipients)) == len(sender.transport.taken) == PEOPLE


def test_a_replay_that_the_store_broke_off_locks_no_journal_for_good(
    store, clock, sender, tmp_path
):
    mark_without_hearing_of_it(sender, store)
    for _ in range(2):
        journals.Journal(tmp_path).close()

    store.fates.append("refused")
    with pytest.raises(UnavailableError):
        recover(store, tmp_path, now=clock.now(), steps=STEPS)

    assert recover(store, tmp_path, now=clock.now(), steps=STEPS) == 1
    assert list(tmp_path.glob("*.journal")) == []


def test_a_sweep_beside_a_wave_leaves_the_journal_of_the_wave_open(sender, monkeypatch):
    sender.turn_journal()
    before = sender.journal
    monkeypatch.setattr(journals, "LONG_BYTES", 0)

    Drain(sender).recover()

    assert sender.journal is before


def test_a_batch_that_would_wait_longer_than_its_briefs_is_brought_forward(store, clock, sender):
    with store.transaction() as session:
        session.execute(update(Batch).values(next_at=clock.now() + dt.timedelta(hours=5)))
    assert deliver_next_batch(sender) is False

    sweep(store, now=clock.now())

    with store.reading() as session:
        assert session.scalars(select(Batch.next_at)).one() == clock.now()
    assert deliver_next_batch(sender) is True
    assert states(store) == {"accepted": PEOPLE}
