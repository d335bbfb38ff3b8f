"""A notice that may have been sent is sent once more, in the same bytes, and no oftener."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.clock import FixedClock
from service.db.database import Database
from service.editions.models import Batch
from service.editions.plan import plan_due
from service.errors import UnavailableError
from service.ledger.models import Wave
from service.sending import journal as journals
from service.sending.claim_notices import WAVE
from service.sending.deliver import deliver_next_batch
from service.sending.outcome import Blame, Verdict
from service.sending.recover import recover
from service.sending.sweep import sweep
from tests.factories.notices import GOOD_FOR, notice_states, notices, owe
from tests.factories.sending import EPOCH, sender_of, states
from tests.factories.store import make_insight, make_list, make_subscription
from tests.factories.transports import MemoryTransport, outcome

STEPS = (60.0,)
OWED = 6


class Killed(BaseException):
    """Nothing catches it: what a kill -9 leaves is what stands in the store and the journal."""


@pytest.fixture
def owed(database: Database, clock: FixedClock) -> Database:
    """Six notices nobody has sent yet."""
    with database.transaction() as session:
        make_list(session)
        for number in range(OWED):
            owe(session, f"s{number}@example.org", now=clock.now())
    return database


def always_in_doubt() -> MemoryTransport:
    """The connection is cut after the last byte, every time."""

    def cut(message):
        transport.taken.append(message)
        return outcome(message, Verdict.IN_DOUBT)

    transport = MemoryTransport(cut)
    return transport


def test_a_doubt_is_sent_again_once_in_equal_bytes_and_then_stays_unknown(owed, clock):
    transport = always_in_doubt()
    sender = sender_of(owed, clock, transport)
    for _ in range(12):
        deliver_next_batch(sender)
        sweep(owed, now=clock.now())
        clock.advance(dt.timedelta(seconds=60))

    copies: dict[str, list[bytes]] = {}
    for message in transport.taken:
        copies.setdefault(message.recipient, []).append(message.content.wire())
    assert {len(sent) for sent in copies.values()} == {2}
    assert all(first == second for first, second in copies.values())
    assert len({sent[0] for sent in copies.values()}) == OWED
    assert notice_states(owed) == {"in_doubt": OWED}

    clock.advance(GOOD_FOR)
    sweep(owed, now=clock.now())
    assert notice_states(owed) == {"unknown": OWED}


def test_greylisting_counts_as_no_copy(owed, clock):
    told = [Verdict.DEFERRED, Verdict.DEFERRED, Verdict.IN_DOUBT, Verdict.ACCEPTED]
    tries: dict[int, int] = {}

    def server(message):
        number = tries[message.delivery_id] = tries.get(message.delivery_id, 0) + 1
        blame = Blame.MAILBOX if number < 3 else None
        return outcome(message, told[number - 1], blame=blame)

    sender = sender_of(owed, clock, MemoryTransport(server))
    for _ in range(14):
        deliver_next_batch(sender)
        sweep(owed, now=clock.now())
        clock.advance(dt.timedelta(seconds=60))

    assert set(tries.values()) == {4}
    assert notice_states(owed) == {"accepted": OWED}


def test_past_its_time_a_doubt_is_not_sent_again(owed, clock):
    transport = always_in_doubt()
    sender = sender_of(owed, clock, transport)
    deliver_next_batch(sender)
    clock.advance(GOOD_FOR)
    sweep(owed, now=clock.now())
    deliver_next_batch(sender)

    assert len(transport.taken) == OWED
    assert notice_states(owed) == {"unknown": OWED}


def killed_at(store, clock, folder: Path, number: int) -> MemoryTransport:
    """Run a sender that dies when its `number`th message has been taken."""

    def script(message):
        if len(transport.taken) == number - 1:
            transport.taken.append(message)
            raise Killed

    transport = MemoryTransport(script)
    sender = sender_of(store, clock, transport, journals=folder)
    sender.turn_journal()
    with pytest.raises(Killed):
        deliver_next_batch(sender)
    assert sender.journal is not None
    sender.journal.close()  # the kernel unlocks the files of the dead
    return transport


def test_after_a_kill_the_journal_tells_and_only_the_one_in_flight_goes_twice(
    owed, clock, tmp_path
):
    dead = killed_at(owed, clock, tmp_path, 3)

    assert recover(owed, tmp_path, now=clock.now(), steps=STEPS) == 1

    assert notice_states(owed) == {"accepted": 2, "in_doubt": 1, "planned": 3}
    assert sorted(notice.attempt for notice in notices(owed)) == [0, 0, 0, 1, 1, 1]
    sweep(owed, now=clock.now())
    survivor = MemoryTransport()
    deliver_next_batch(sender_of(owed, clock, survivor, name="test:2"))
    assert notice_states(owed) == {"accepted": OWED}
    assert set(survivor.recipients) & set(dead.recipients) == {dead.recipients[-1]}
    assert dead.taken[-1].content.wire() in {m.content.wire() for m in survivor.taken}
    assert list(tmp_path.glob("*.journal")) == []


def test_a_journal_that_may_have_lost_lines_leaves_what_it_does_not_name_in_doubt(
    owed, clock, tmp_path, monkeypatch
):
    killed_at(owed, clock, tmp_path, 3)
    monkeypatch.setattr(journals, "boot_id", lambda: "after-a-power-cut")
    recover(owed, tmp_path, now=clock.now(), steps=STEPS)
    assert notice_states(owed) == {"accepted": 2, "in_doubt": 4}


def test_without_its_journal_nothing_is_sent_again_before_the_lease_is_over(owed, clock, tmp_path):
    killed_at(owed, clock, tmp_path, 3)
    for file in tmp_path.glob("*.journal"):
        file.unlink()
    survivor = MemoryTransport()
    sender = sender_of(owed, clock, survivor, name="test:2")

    recover(owed, tmp_path, now=clock.now(), steps=STEPS)
    sweep(owed, now=clock.now())
    deliver_next_batch(sender)
    assert survivor.taken == []

    with owed.transaction() as session:
        session.execute(update(Wave).values(lease_until=EPOCH))
    sweep(owed, now=clock.now())
    deliver_next_batch(sender)
    assert len(survivor.taken) == OWED
    assert notice_states(owed) == {"accepted": OWED}


def test_a_worker_that_froze_past_its_lease_costs_second_copies_and_no_third(owed, clock):
    other = MemoryTransport()

    def frozen_past_the_lease(_message):
        if transport.taken:
            return
        with owed.transaction() as session:
            session.execute(update(Wave).values(lease_until=EPOCH))
        sweep(owed, now=clock.now())
        deliver_next_batch(sender_of(owed, clock, other, name="test:2"))

    transport = MemoryTransport(frozen_past_the_lease)
    sender = sender_of(owed, clock, transport)
    deliver_next_batch(sender)
    sweep(owed, now=clock.now())
    assert deliver_next_batch(sender) is False

    assert len(transport.taken) == len(other.taken) == OWED
    assert notice_states(owed) == {"accepted": OWED}


def plan_one_brief(store: Database, clock: FixedClock) -> None:
    with store.transaction() as session:
        make_insight(session)
        make_subscription(session, make_list(session))
    plan_due(store, now=clock.now())


def test_who_dies_while_sending_notices_gives_the_batch_in_its_hands_back(owed, clock, tmp_path):
    plan_one_brief(owed, clock)
    killed_at(owed, clock, tmp_path, 1)
    assert states(owed) == {"planned": 1}

    recover(owed, tmp_path, now=clock.now(), steps=STEPS)

    with owed.reading() as session:
        assert session.scalars(select(Batch.state)).all() == ["ready"]
    transport = MemoryTransport()
    deliver_next_batch(sender_of(owed, clock, transport, name="test:2"))
    assert states(owed) == {"accepted": 1}
    assert [message.transactional for message in transport.taken] == [True] * 5 + [False]


class LosesOneAnswer(Database):
    """A store whose server goes away once, right after a COMMIT."""

    def __init__(self, url: str, *, when: Callable[[], bool]) -> None:
        super().__init__(url)
        self.when = when
        self.lost = False

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with super().transaction() as session:
            yield session
        if not self.lost and self.when():
            self.lost = True
            raise UnavailableError("the server went away")


def test_a_commit_whose_answer_was_lost_sends_nothing_twice(owed, clock):
    with owed.transaction() as session:
        for number in range(WAVE):
            owe(session, f"more{number}@example.org", now=clock.now())
    plan_one_brief(owed, clock)
    transport = MemoryTransport()
    url = owed.url.render_as_string(hide_password=False)
    # the transaction that settles the brief and marks the second wave of notices
    store = LosesOneAnswer(url, when=lambda: len(transport.taken) == WAVE + 1)
    deliver_next_batch(sender_of(store, clock, transport, wait=lambda _: None))
    store.dispose()

    assert store.lost
    assert transport.waves == [WAVE, 1, OWED]
    assert len(set(transport.recipients)) == WAVE + 1 + OWED
    assert states(owed) == {"accepted": 1}
    assert notice_states(owed) == {"accepted": WAVE + OWED}


def test_two_workers_share_the_notices_and_send_none_twice(database, clock):
    with database.transaction() as session:
        make_list(session)
        for number in range(60):
            owe(session, f"s{number}@example.org", now=clock.now())
    transports = [MemoryTransport(), MemoryTransport()]
    together = Barrier(2)

    def work(number: int) -> None:
        sender = sender_of(database, clock, transports[number], name=f"test:{number}")
        together.wait()
        while deliver_next_batch(sender):
            pass

    threads = [Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    recipients = transports[0].recipients + transports[1].recipients
    assert len(recipients) == len(set(recipients)) == 60
    assert notice_states(database) == {"accepted": 60}
