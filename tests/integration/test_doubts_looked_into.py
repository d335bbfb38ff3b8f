"""Doubts are settled by asking the provider and by what it tells; only then a notice goes again."""

import datetime as dt

import pytest

from service.clock import FixedClock
from service.db.database import Database
from service.errors import UnavailableError
from service.feedback.event_models import DeliveryEvent
from service.feedback.notice_evidence import settle_notices_by_events
from service.feedback.parsers.postmark import parse
from service.feedback.recipients import RecipientMarks
from service.feedback.record import record
from service.ledger.attempts import attempts_of
from service.rendering.message import OutgoingMessage
from service.sending.deliver import deliver_next_batch
from service.sending.outcome import Outcome, Question, Verdict
from service.sending.resolve import ASKED_AT_ONCE, resolve_doubts
from service.sending.sweep import sweep
from tests.factories.notices import GOOD_FOR, notice_states, notices, owe
from tests.factories.postmark_reports import report
from tests.factories.sending import sender_of, states
from tests.factories.store import make_list
from tests.factories.transports import MemoryTransport, outcome

MARKS = RecipientMarks([b"k" * 32])
AFTER = dt.timedelta(seconds=60)
WHO = "ines@example.org"


class Postmark(MemoryTransport):
    """Takes what it is given and never answers; afterwards it can be asked."""

    name = "postmark"

    def __init__(self, *, takes: bool = True) -> None:
        super().__init__(self._cut)
        self.takes = takes
        self.takes_only: int | None = None
        self.is_down = False
        self.asked: list[Question] = []

    def _cut(self, message: OutgoingMessage) -> Outcome:
        self.taken.append(message)
        return outcome(message, Verdict.IN_DOUBT)

    def look_up(self, question: Question) -> Outcome | None:
        if self.is_down:
            raise UnavailableError("Postmark cannot be asked")
        self.asked.append(question)
        if not self.takes or self.takes_only not in (None, question.delivery_id):
            return None
        return Outcome(
            delivery_id=question.delivery_id,
            attempt=question.attempt,
            verdict=Verdict.ACCEPTED,
            stage="reply",
            provider_id="found",
        )


def in_doubt(store: Database, clock: FixedClock, transport: Postmark) -> None:
    """Hand everything over, and hear of nothing."""
    while deliver_next_batch(sender_of(store, clock, transport)):
        pass


def pass_by(store: Database, clock: FixedClock, transport: Postmark, rounds: int = 1) -> None:
    """Do what workers do every half minute, with a minute in between."""
    for _ in range(rounds):
        clock.advance(AFTER + dt.timedelta(seconds=1))
        sweep(store, now=clock.now())
        resolve_doubts(store, transport, now=clock.now(), after=AFTER)
        in_doubt(store, clock, transport)


@pytest.fixture
def owed(database: Database, clock: FixedClock) -> Database:
    """One notice nobody has sent yet."""
    with database.transaction() as session:
        make_list(session)
        owe(session, WHO, now=clock.now())
    return database


def test_a_notice_the_provider_has_is_not_sent_again(owed, clock):
    transport = Postmark()
    in_doubt(owed, clock, transport)
    sweep(owed, now=clock.now())
    assert resolve_doubts(owed, transport, now=clock.now(), after=AFTER) == 0  # too early to ask
    assert notice_states(owed) == {"in_doubt": 1}

    pass_by(owed, clock, transport, rounds=3)

    assert len(transport.taken) == 1
    (notice,) = notices(owed)
    assert (notice.state, notice.reason, notice.provider_id) == ("accepted", "looked_up", "found")
    assert [(q.is_notice, q.recipient, q.attempt) for q in transport.asked] == [(True, WHO, 1)]


def test_a_notice_the_provider_knows_nothing_of_is_sent_once_more(owed, clock):
    transport = Postmark(takes=False)
    in_doubt(owed, clock, transport)
    pass_by(owed, clock, transport)
    assert len(transport.taken) == 1  # asked now, sent with the next sweep

    pass_by(owed, clock, transport, rounds=4)

    assert len(transport.taken) == 2
    assert transport.taken[0].content.wire() == transport.taken[1].content.wire()
    assert notice_states(owed) == {"in_doubt": 1}
    clock.advance(GOOD_FOR)
    sweep(owed, now=clock.now())
    assert notice_states(owed) == {"unknown": 1}


def test_while_the_provider_cannot_be_asked_nothing_is_sent_again(owed, clock):
    transport = Postmark(takes=False)
    transport.is_down = True
    in_doubt(owed, clock, transport)
    pass_by(owed, clock, transport, rounds=4)
    assert len(transport.taken) == 1

    transport.is_down = False
    pass_by(owed, clock, transport, rounds=2)
    assert len(transport.taken) == 2


def test_what_is_never_found_keeps_nobody_from_being_asked_about(owed, clock):
    with owed.transaction() as session:
        for number in range(2 * ASKED_AT_ONCE):
            owe(session, f"s{number}@example.org", now=clock.now())
    transport = Postmark(takes=False)
    in_doubt(owed, clock, transport)
    clock.advance(2 * AFTER)

    for _ in range(20):
        resolve_doubts(owed, transport, now=clock.now(), after=AFTER)

    assert len({q.recipient for q in transport.asked}) == 2 * ASKED_AT_ONCE + 1


def test_a_brief_the_provider_has_is_settled_and_another_stays_in_doubt(planned, clock):
    transport = Postmark()
    in_doubt(planned, clock, transport)
    transport.takes_only = 1
    clock.advance(2 * AFTER)
    assert resolve_doubts(planned, transport, now=clock.now(), after=AFTER) == 1

    assert states(planned) == {"accepted": 1, "in_doubt": 6}
    assert not any(q.is_notice for q in transport.asked)
    with planned.reading() as session:
        history = attempts_of(session, local_date=clock.now().date(), brief_id=1)
    assert [(one.verdict, one.stage) for one in history] == [
        ("in_doubt", "memory"),
        ("accepted", "look_up"),
    ]


def tell(
    store: Database, clock: FixedClock, reference: str, name: str = "delivery", **more: str
) -> DeliveryEvent:
    """Let Postmark report about the message of that reference, to `WHO` unless said otherwise."""
    told = report(name, Metadata={"delivery": reference}, **({"Recipient": WHO} | more))
    with store.transaction() as session:
        record(session, parse(told), marks=MARKS, now=clock.now())
    with store.reading() as session:
        return session.query(DeliveryEvent).order_by(DeliveryEvent.id.desc()).first()  # type: ignore[return-value]


@pytest.mark.parametrize("name", ["delivery", "bounce_transient", "open", "click"])
def test_what_the_provider_tells_of_a_notice_settles_it(owed, clock, name):
    transport = Postmark()
    in_doubt(owed, clock, transport)

    event = tell(owed, clock, "notice.1.1", name)

    (notice,) = notices(owed)
    assert (notice.state, notice.reason) == ("accepted", "evidence")
    assert notice.provider_id == report(name)["MessageID"]
    assert (event.notice_id, event.brief_id, event.verdict) == (1, None, "settled")
    pass_by(owed, clock, transport, rounds=2)
    assert len(transport.taken) == 1


def test_a_report_that_came_before_the_doubt_settles_it(owed, clock):
    class Early(Postmark):
        def _cut(self, message: OutgoingMessage) -> Outcome:
            tell(owed, clock, f"notice.{message.delivery_id}.{message.attempt}")
            return super()._cut(message)

    transport = Early(takes=False)
    in_doubt(owed, clock, transport)
    assert notice_states(owed) == {"in_doubt": 1}

    assert settle_notices_by_events(owed, now=clock.now()) == 1

    assert notice_states(owed) == {"accepted": 1}
    assert settle_notices_by_events(owed, now=clock.now()) == 0


@pytest.mark.parametrize(
    ("reference", "more"),
    [
        ("1.1", {}),
        ("notice.1.2", {}),
        ("notice.2.1", {}),
        ("notice.1.1", {"Recipient": "eve@example.org"}),
        ("Notice.1.1", {}),
        ("notice.1.1", {"RecordType": "Teleported"}),
    ],
)
def test_a_report_that_is_not_about_it_settles_no_notice(owed, clock, reference, more):
    in_doubt(owed, clock, Postmark())

    event = tell(owed, clock, reference, **more)

    assert notice_states(owed) == {"in_doubt": 1}
    assert settle_notices_by_events(owed, now=clock.now()) == 0
    assert event.brief_id is None


def test_a_report_about_a_notice_touches_no_brief_of_the_same_number(planned, clock):
    in_doubt(planned, clock, Postmark())

    tell(planned, clock, "notice.1.1")

    assert states(planned) == {"in_doubt": 7}


def test_a_report_after_its_time_changes_no_end(owed, clock):
    in_doubt(owed, clock, Postmark())
    clock.advance(GOOD_FOR)
    with owed.transaction() as session:
        session.query(DeliveryEvent).delete()
    sweep(owed, now=clock.now())

    event = tell(owed, clock, "notice.1.1")

    assert notice_states(owed) == {"unknown": 1}
    assert event.verdict in {"too_late", "unmatched"}  # its address is forgotten by then
