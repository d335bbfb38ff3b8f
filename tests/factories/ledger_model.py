"""A model of the ledger: two senders over one store, and all that may happen to them."""

import datetime as dt
import os
import tempfile
from collections import Counter, deque
from contextlib import suppress
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from sqlalchemy import select, update

from service.audience.leave import unsubscribe
from service.audience.models import Subscriber, Subscription, Suppression
from service.clock import FixedClock
from service.db.base import Base
from service.editions import control
from service.editions.equation import equation_of
from service.editions.models import Batch, Brief, Edition
from service.editions.plan import plan_due
from service.errors import ConflictError, UnavailableError
from service.ledger.models import Wave
from service.ledger.state import OPEN, TERMINAL, DeliveryState, may_follow
from service.sending import journal
from service.sending.deliver import deliver_next_batch
from service.sending.pace import Pace
from service.sending.prepare import RendererShelf
from service.sending.recover import recover
from service.sending.sender import Sender
from service.sending.sweep import sweep
from service.tokens import Signer
from tests.factories.mortal import COMMITS, FATES, FatefulTransport, KilledError, LossyDatabase
from tests.factories.sending import EPOCH, sender_of
from tests.factories.store import NOW, make_insight, make_list, make_subscription

STEPS = (60.0, 300.0)
PEOPLE = 8
LONGEST_STEP = dt.timedelta(minutes=75)
MAY_HAVE_BEEN_TAKEN = {DeliveryState.SENDING, DeliveryState.IN_DOUBT, DeliveryState.UNKNOWN}
SHELF = RendererShelf(
    signer=Signer([b"k" * 32]), public_url="http://localhost:8000", unsubscribe_mailto=None
)


def reachable() -> dict[str, set[str]]:
    """Return which states a delivery may be found in later, by the state it was seen in."""
    found = {state: {state, *(n for n in DeliveryState if may_follow(n, state))} for state in OPEN}
    for _ in OPEN:
        found = {s: later.union(*(found.get(n, {n}) for n in later)) for s, later in found.items()}
    return {str(s): {str(n) for n in found.get(s, {s})} for s in DeliveryState}


REACHABLE = reachable()


class Ledger(RuleBasedStateMachine):
    """Two senders over one store; what is true at every moment stands in the invariants."""

    database: LossyDatabase

    @initialize()
    def open(self) -> None:
        with self.database.transaction() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
        self.clock = FixedClock(NOW)
        self.folder = Path(tempfile.mkdtemp(prefix="pb-ledger-"))
        self.boots = 0
        self._set_boot_id()
        self.taken: Counter[int] = Counter()
        self.cut_off: set[int] = set()
        self.power_was_cut = False
        self.seen: dict[int, str] = {}
        self.left: dict[int, int] = {}
        self.names = 0
        with self.database.transaction() as session:
            self.newsletter = make_list(session)
            for _ in range(6):
                make_insight(session)
        self.senders = [self._sender(), self._sender()]
        self.more_people(PEOPLE)

    def teardown(self) -> None:
        if not hasattr(self, "senders"):
            return
        try:
            self._bring_to_an_end()
        finally:
            for sender in self.senders:
                self._die(sender)
            for path in self.folder.iterdir():
                path.unlink()
            self.folder.rmdir()

    @rule(count=st.integers(1, 3))
    def more_people(self, count: int) -> None:
        with self.database.transaction() as session:
            for _ in range(count):
                make_subscription(session, self.newsletter, next_due_at=self.clock.now())
        plan_due(self.database, now=self.clock.now())

    @rule(
        who=st.integers(0, 1),
        wave=st.integers(1, 6),
        fates=st.lists(st.sampled_from(FATES), max_size=8),
        commits=st.lists(st.sampled_from(COMMITS), max_size=6),
    )
    def deliver(self, who: int, wave: int, fates: list[str], commits: list[str]) -> None:
        sender = self.senders[who]
        transport = sender.transport
        assert isinstance(transport, FatefulTransport)
        transport.fates, transport.must_stop = deque(fates), False
        sender.pace = Pace(per_second=wave / 2)
        sender.turn_journal()
        self.database.fates = deque(commits)
        try:
            deliver_next_batch(sender)
        except UnavailableError:
            pass  # it goes on living, and tries again later
        except KilledError:
            self._die(sender)
            self.senders[who] = self._sender()
        finally:
            transport.fates.clear()
            self.database.fates.clear()

    @rule()
    def replay_journals(self) -> None:
        recover(self.database, self.folder, now=self.clock.now(), steps=STEPS)

    @rule()
    def sweep_up(self) -> None:
        sweep(self.database, now=self.clock.now())

    @rule()
    def let_leases_run_out(self) -> None:
        with self.database.transaction() as session:
            session.execute(update(Wave).values(lease_until=EPOCH))
            session.execute(update(Batch).values(lease_until=EPOCH))
        self.sweep_up()

    @rule(minutes=st.sampled_from([1, 2, 10, 70, 200]))
    def wait(self, minutes: int) -> None:
        self.replay_journals()  # in a minute somebody on this machine does
        self.clock.advance(dt.timedelta(minutes=minutes))

    @rule(number=st.integers(0, PEOPLE - 1))
    def somebody_leaves(self, number: int) -> None:
        with self.database.transaction() as session:
            person = session.scalars(select(Subscription).order_by(Subscription.id)).all()[number]
            unsubscribe(
                session, subscription_id=person.id, source="one_click", now=self.clock.now()
            )
        self._note_leaving(person.id)

    @rule(number=st.integers(0, PEOPLE - 1))
    def somebody_is_suppressed(self, number: int) -> None:
        with self.database.transaction() as session:
            people = select(Subscription, Subscriber.address_key).join(Subscriber)
            person, key = session.execute(people.order_by(Subscription.id)).all()[number]
            if session.get(Suppression, key) is None:
                session.add(
                    Suppression(address_key=key, reason="complained", source="x", since=NOW)
                )
        self._note_leaving(person.id)

    @rule(deed=st.sampled_from(["pause", "pause", "resume", "resume", "resume", "cancel"]))
    def take_control(self, deed: str) -> None:
        with suppress(ConflictError), self.database.transaction() as session:
            edition = session.scalars(select(Edition)).first()
            if edition is None or (deed == "cancel" and len(self.seen) < PEOPLE + 3):
                return
            if deed == "pause":
                control.pause(session, edition_id=edition.id)
            elif deed == "resume":
                control.resume(session, edition_id=edition.id, now=self.clock.now())
            else:
                control.cancel(session, edition_id=edition.id, now=self.clock.now())

    @rule()
    def cut_the_power(self) -> None:
        """End everybody at once; what the journals do not hold may have been lost with them."""
        self.power_was_cut = True
        self._set_boot_id()
        self.everybody_dies()

    @rule()
    def everybody_dies(self) -> None:
        for sender in self.senders:
            self._die(sender)
        self.senders = [self._sender(), self._sender()]

    @invariant()
    def nobody_is_sent_to_twice(self) -> None:
        assert [brief for brief, copies in self.taken.items() if copies > 1] == []

    @invariant()
    def the_equation_holds(self) -> None:
        with self.database.reading() as session:
            for number in session.scalars(select(Edition.id)):
                assert equation_of(session, edition_id=number).holds

    @invariant()
    def what_it_says_is_so(self) -> None:
        with self.database.reading() as session:
            rows = session.execute(select(Brief.id, Brief.state, Brief.subscription_id)).all()
        for number, state, subscription_id in rows:
            before = self.seen.get(number, DeliveryState.PLANNED.value)
            assert state in REACHABLE[before] or number not in self.seen, (before, state)
            self.seen[number] = state
            if state == DeliveryState.ACCEPTED:
                assert self.taken[number] == 1
            elif state not in MAY_HAVE_BEEN_TAKEN:
                assert self.taken[number] == 0, state
            if subscription_id in self.left:
                assert self.taken[number] <= self.left[subscription_id], "sent after they left"

    def _note_leaving(self, subscription_id: int) -> None:
        with self.database.reading() as session:
            number = session.scalar(
                select(Brief.id).where(Brief.subscription_id == subscription_id)
            )
        self.left.setdefault(subscription_id, self.taken[number] if number else 0)

    def _sender(self) -> Sender:
        self.names += 1
        transport = FatefulTransport(self.taken, self.cut_off, self._others_take_over)
        return sender_of(
            self.database,
            self.clock,
            transport,
            name=f"test:{self.names}",
            shelf=SHELF,
            journals=self.folder,
            should_stop=lambda: transport.must_stop,
            wait=lambda _seconds: None,
        )

    def _others_take_over(self) -> None:
        """One sender stands still: its leases end, and somebody else takes what it left."""
        fates, self.database.fates = self.database.fates, deque()  # those are the frozen one's
        self.let_leases_run_out()
        self.replay_journals()
        other = self._sender()
        other.turn_journal()
        deliver_next_batch(other)
        self._die(other)
        self.database.fates = fates

    def _die(self, sender: Sender) -> None:
        """The kernel closes and unlocks the files of the dead; it writes nothing."""
        if sender.journal is not None:
            os.close(sender.journal._file)
            sender.journal = None

    def _set_boot_id(self) -> None:
        self.boots += 1
        boot = f"boot-{self.boots}"
        journal.boot_id = lambda: boot

    def _bring_to_an_end(self) -> None:
        """With everything well again, all that is owed is sent, and all ends in the equation."""
        self.everybody_dies()
        self.let_leases_run_out()
        self.replay_journals()
        self.clock.advance(LONGEST_STEP)
        self.sweep_up()
        sender = self.senders[0]
        sender.turn_journal()
        while deliver_next_batch(sender):
            self.what_it_says_is_so()
        with self.database.reading() as session:
            forgotten = session.scalars(
                select(Brief.state)
                .join(Edition, Edition.id == Brief.edition_id)
                .where(
                    Brief.state.not_in([*TERMINAL, DeliveryState.IN_DOUBT]),
                    Edition.state == "open",
                    Brief.expires_at > self.clock.now(),
                )
            ).all()
        assert forgotten == []
        self.clock.advance(dt.timedelta(days=3))
        self.sweep_up()
        self.nobody_is_sent_to_twice()
        self.what_it_says_is_so()
        self.the_equation_holds()
        assert set(self.seen.values()) <= {state.value for state in TERMINAL}
        if not self.power_was_cut:
            unknown = {number for number, state in self.seen.items() if state == "unknown"}
            assert unknown <= self.cut_off, "in doubt, and no cut explains it"
