"""A store that has gone back in time: nobody gets a brief twice, and nothing is lost in silence."""

import datetime as dt
import io
from pathlib import Path

import pytest
from sqlalchemy import select, update

from service.clock import FixedClock
from service.db.database import Database
from service.db.migrate import upgrade
from service.editions.models import Brief
from service.editions.plan import plan_due
from service.ledger import stops
from service.ledger.models import Wave
from service.sending.deliver import deliver_next_batch
from service.sending.known_waves import known_waves
from service.sending.outcome import Blame, Verdict
from service.sending.pace import Pace
from service.sending.recover import recover
from service.sending.restored import go_on, prospect
from service.sending.sender import Sender
from service.sending.sweep import sweep
from tests.factories.sending import EPOCH, equation_holds, sender_of, states
from tests.factories.store import make_insight, make_list, make_subscription
from tests.factories.store_copy import CopyStore, StoreCopy
from tests.factories.transports import MemoryTransport, outcome

READERS = 20
WAVE = 3
STEPS = (60.0,)
HOUR = dt.timedelta(hours=1)


class SmallWaves(Pace):
    """Waves of three, however fast it goes."""

    def wave_size(self) -> int:
        return WAVE


@pytest.fixture
def copy_store(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> CopyStore:
    server = None if database.is_sqlite else request.getfixturevalue("postgresql")
    return lambda: StoreCopy(database, tmp_path, server)


@pytest.fixture
def readers(database: Database, clock: FixedClock) -> Database:
    """Twenty people due now, and two due two hours later."""
    with database.transaction() as session:
        newsletter = make_list(session)
        for _ in range(6):
            make_insight(session)
        for _ in range(READERS):
            make_subscription(session, newsletter)
        for _ in range(2):
            make_subscription(session, newsletter, hour=9, next_due_at=clock.now() + 2 * HOUR)
    return database


def worker(readers: Database, clock: FixedClock, transport: MemoryTransport, home: Path) -> Sender:
    sender = sender_of(readers, clock, transport, journals=home, pace=SmallWaves())
    sender.turn_journal()
    return sender


def work(sender: Sender) -> None:
    """Do what the drain loop does until there is nothing to do."""
    while deliver_next_batch(sender):
        pass


def start_again(sender: Sender, clock: FixedClock, transport: MemoryTransport) -> Sender:
    """Stop a worker in order, and start another in its place."""
    sender.give_journal_up()
    assert sender.journals is not None
    after = worker(sender.database, clock, transport, sender.journals)
    recover(sender.database, sender.journals, now=clock.now(), steps=STEPS)
    return after


def safe_mode_stands(database: Database) -> bool:
    with database.reading() as session:
        return any(stop.name == stops.STORE for stop in stops.standing(session))


def numbers_twice(*transports: MemoryTransport) -> set[str]:
    taken = [recipient for transport in transports for recipient in transport.recipients]
    return {recipient for recipient in taken if taken.count(recipient) > 1}


def test_an_older_copy_swapped_in_while_an_edition_goes_out_sends_nothing_twice(
    readers, clock, tmp_path, copy_store
):
    plan_due(readers, now=clock.now())
    copies: list[StoreCopy] = []

    def swap(_message):
        if len(transport.taken) == 4:
            copies.append(copy_store())
        if len(transport.taken) == 10:
            copies[0].put_back()

    transport, other = MemoryTransport(swap), MemoryTransport()
    sender = worker(readers, clock, transport, tmp_path / "journals")
    work(sender)

    assert len(transport.taken) == 12  # the wave in which it happened was the last
    assert safe_mode_stands(readers)
    work(worker(readers, clock, other, tmp_path / "journals"))
    recover(readers, tmp_path / "journals", now=clock.now(), steps=STEPS)
    work(sender)
    assert other.taken == []
    assert len(transport.taken) == 12
    assert states(readers) == {"accepted": 12, "in_doubt": READERS - 12}
    assert equation_holds(readers)

    go_on(readers, tmp_path / "journals", now=clock.now(), steps=STEPS)
    clock.advance(2 * HOUR)
    plan_due(readers, now=clock.now())
    work(worker(readers, clock, other, tmp_path / "journals"))

    assert len(other.taken) == 2  # the later ones go on
    assert numbers_twice(transport, other) == set()
    clock.advance(7 * HOUR)
    sweep(readers, now=clock.now())
    assert states(readers) == {"accepted": 14, "unknown": READERS - 12}
    assert equation_holds(readers)


def test_a_worker_started_after_the_restore_learns_it_from_the_journals(
    readers, clock, tmp_path, copy_store
):
    plan_due(readers, now=clock.now())
    before = copy_store()
    transport, after = MemoryTransport(), MemoryTransport()
    sender = worker(readers, clock, transport, tmp_path / "journals")
    work(sender)
    assert len(transport.taken) == READERS

    before.put_back()
    work(start_again(sender, clock, after))

    assert after.taken == []
    assert states(readers) == {"accepted": READERS}
    assert equation_holds(readers)


def test_who_was_planned_only_after_the_copy_is_held_too(readers, clock, tmp_path, copy_store):
    before = copy_store()
    plan_due(readers, now=clock.now())
    transport, after = MemoryTransport(), MemoryTransport()
    sender = worker(readers, clock, transport, tmp_path / "journals")
    work(sender)

    before.put_back()
    sender = start_again(sender, clock, after)
    plan_due(readers, now=clock.now())  # the planner goes on: it sends nothing
    work(sender)
    sweep(readers, now=clock.now())

    assert after.taken == []
    assert states(readers) == {"in_doubt": READERS}  # their numbers are new: no journal knows them
    with readers.reading() as session:
        assert min(session.scalars(select(Brief.id))) > READERS


def test_said_beforehand_nothing_depends_on_anybodys_noticing(
    readers, clock, tmp_path, copy_store, podbrief, monkeypatch
):
    monkeypatch.setenv("PODBRIEF_HOME", str(tmp_path / "another-machine"))
    before = copy_store()
    plan_due(readers, now=clock.now())
    transport, after = MemoryTransport(), MemoryTransport()
    work(worker(readers, clock, transport, tmp_path / "lost-with-its-machine"))

    before.put_back()
    said = podbrief("db", "restored", "--yes")
    assert said.code == 0, said.err
    assert f"{READERS} briefs are held in doubt" in said.out
    work(worker(readers, clock, after, tmp_path / "another-machine" / "journals"))
    assert after.taken == []

    clock.advance(2 * HOUR)
    plan_due(readers, now=clock.now())
    work(worker(readers, clock, after, tmp_path / "another-machine" / "journals"))
    assert len(after.taken) == 2
    assert numbers_twice(transport, after) == set()


def test_going_on_is_explained_before_it_is_done(readers, clock, podbrief, monkeypatch, tmp_path):
    monkeypatch.setenv("PODBRIEF_HOME", str(tmp_path))
    plan_due(readers, now=clock.now())
    found = prospect(readers, now=clock.now())
    assert (found.held, found.waiting) == (READERS, 0)

    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    said = podbrief("db", "restored")

    assert said.code == 1
    assert f"{READERS} such briefs" in said.err
    assert states(readers) == {"planned": READERS}


def test_a_second_reading_of_the_same_loss_stops_nobody_again(readers, clock, tmp_path, copy_store):
    plan_due(readers, now=clock.now())
    before = copy_store()
    sleeper = worker(readers, clock, MemoryTransport(), tmp_path / "elsewhere")
    work(sleeper)
    before.put_back()
    clock.advance(dt.timedelta(minutes=5))
    go_on(readers, tmp_path / "journals", now=clock.now(), steps=STEPS)

    assert deliver_next_batch(sleeper) is False  # it knows what is gone, and why
    assert not safe_mode_stands(readers)
    assert sleeper.journal is None  # what it says of before is for the next recovery
    recover(readers, tmp_path / "elsewhere", now=clock.now(), steps=STEPS)

    assert states(readers) == {"accepted": READERS}
    assert not safe_mode_stands(readers)


def test_an_answer_that_was_not_final_leaves_its_brief_held(readers, clock, tmp_path, copy_store):
    plan_due(readers, now=clock.now())
    before = copy_store()
    verdicts = iter([Verdict.DEFERRED, Verdict.FAILED])

    def refuse(message):
        verdict = next(verdicts, None)
        return verdict and outcome(message, verdict, blame=Blame.MAILBOX, reply="452 full")

    sender = worker(readers, clock, MemoryTransport(refuse), tmp_path / "journals")
    work(sender)
    before.put_back()
    start_again(sender, clock, MemoryTransport())

    assert states(readers) == {"accepted": READERS - 2, "failed": 1, "in_doubt": 1}


def test_a_wave_that_stands_open_in_the_copy_is_not_believed(readers, clock, tmp_path, copy_store):
    """In truth it was settled, its rest was given back, and another machine sent that since."""
    plan_due(readers, now=clock.now())
    copies: list[StoreCopy] = []
    first = MemoryTransport(lambda _message: copies.append(copy_store()))
    here = worker(readers, clock, first, tmp_path / "here")
    here.should_stop = lambda: bool(copies)
    deliver_next_batch(here)
    second, after = MemoryTransport(), MemoryTransport()
    there = worker(readers, clock, second, tmp_path / "there")
    work(there)
    assert (len(first.taken), len(second.taken)) == (1, READERS - 1)

    copies[0].put_back()
    assert deliver_next_batch(there) is False  # it notices
    work(start_again(here, clock, after))  # by its own journal, two of its wave were never begun
    assert states(readers) == {"accepted": 1, "in_doubt": READERS - 1}
    recover(readers, tmp_path / "there", now=clock.now(), steps=STEPS)
    go_on(readers, tmp_path / "here", now=clock.now(), steps=STEPS)
    work(worker(readers, clock, after, tmp_path / "here"))

    assert after.taken == []
    assert states(readers) == {"accepted": READERS}


def test_another_store_over_the_same_folder_is_no_older_copy(
    readers, clock, tmp_path, database_url
):
    plan_due(readers, now=clock.now())
    sender = worker(readers, clock, MemoryTransport(), tmp_path / "journals")
    work(sender)
    sender.give_journal_up()

    fresh = Database(f"sqlite:///{tmp_path / 'fresh.db'}")
    upgrade(fresh)
    assert (
        deliver_next_batch(worker(fresh, clock, MemoryTransport(), tmp_path / "journals")) is False
    )
    assert not safe_mode_stands(fresh)
    fresh.dispose()


def test_what_a_machine_knows_outlives_its_journals(readers, clock, tmp_path):
    plan_due(readers, now=clock.now())
    home = tmp_path / "journals"
    sender = worker(readers, clock, MemoryTransport(), home)
    work(sender)
    last = sender.last_wave
    sender.give_journal_up()
    recover(readers, home, now=clock.now(), steps=STEPS)

    assert list(home.glob("*.journal")) == []
    assert known_waves(home) == [last]
    with readers.transaction() as session:
        session.execute(update(Wave).values(started_at=EPOCH))  # still there: nothing is wrong
    assert deliver_next_batch(worker(readers, clock, MemoryTransport(), home)) is False
    assert not safe_mode_stands(readers)
