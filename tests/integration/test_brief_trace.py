"""The trace of a brief tells every state: when, by which worker, with which reply."""

import datetime as dt
import json

import pytest
from sqlalchemy import func, select, update

from service.clock import FixedClock
from service.db.database import Database
from service.editions.models import Brief
from service.editions.plan import plan_due
from service.ledger.attempts import note_attempts
from service.ledger.models import Attempt, Wave
from service.sending.deliver import deliver_next_batch
from service.sending.outcome import Blame, Verdict
from service.sending.sweep import sweep
from service.sending.trace import Step, trace
from tests.factories.sending import EPOCH, sender_of
from tests.factories.store import make_insight, make_list, make_subscriber, make_subscription
from tests.factories.transports import MemoryTransport, outcome

EMAIL = "ines@example.org"


@pytest.fixture
def planned(database: Database, clock: FixedClock) -> Database:
    with database.transaction() as session:
        newsletter = make_list(session, slug="daily")
        for _ in range(6):
            make_insight(session)
        person = make_subscriber(session, email=EMAIL, address_key=EMAIL)
        make_subscription(session, newsletter, subscriber=person)
        make_subscription(session, newsletter)
    plan_due(database, now=clock.now())
    return database


def steps_of(database: Database, who: str = EMAIL) -> list[Step]:
    (found,) = trace(database, who)
    return found.steps


def words(steps: list[Step]) -> list[tuple[str, int | None]]:
    return [(step.state, step.attempt) for step in steps]


def test_a_plain_brief_is_traced_though_nothing_was_written_for_it(planned, clock):
    deliver_next_batch(sender_of(planned, clock, MemoryTransport(), name="box:7"))

    with planned.reading() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 0
    steps = steps_of(planned)
    assert words(steps) == [("planned", None), ("sending", 1), ("accepted", 1)]
    assert {step.worker for step in steps[1:]} == {"box:7"}
    assert steps[2].provider_id == "memory-1"
    assert all(step.at == clock.now() for step in steps)


def test_every_try_is_told_with_its_reply(planned, clock):
    replies = iter(["452 full", "452 still full", "452 full", "452 still full"])

    def full_twice(message):
        reply = next(replies, None)
        return reply and outcome(message, Verdict.DEFERRED, blame=Blame.MAILBOX, reply=reply)

    for name in ("box:1", "box:2", "box:3"):
        deliver_next_batch(sender_of(planned, clock, MemoryTransport(full_twice), name=name))
        clock.advance(dt.timedelta(minutes=20))

    steps = steps_of(planned)
    assert words(steps) == [
        ("planned", None),
        *(("sending", 1), ("deferred", 1)),
        *(("sending", 2), ("deferred", 2)),
        *(("sending", 3), ("accepted", 3)),
    ]
    assert [step.worker for step in steps[1::2]] == ["box:1", "box:2", "box:3"]
    assert all("452" in (step.reply or "") for step in steps if step.state == "deferred")
    moments = [step.at for step in steps if step.at is not None]
    assert moments == sorted(moments)


def test_a_lost_worker_and_the_deadline_are_told(planned, clock):
    class Killed(BaseException):
        pass

    def die(_message):
        raise Killed

    with pytest.raises(Killed):
        deliver_next_batch(sender_of(planned, clock, MemoryTransport(die), name="box:9"))
    assert words(steps_of(planned, "1")) == [("planned", None), ("sending", 1)]
    with planned.transaction() as session:
        session.execute(update(Wave).values(lease_until=EPOCH))
    sweep(planned, now=clock.now())
    clock.advance(dt.timedelta(hours=7))
    sweep(planned, now=clock.now())

    steps = steps_of(planned, "1")
    assert words(steps) == [("planned", None), ("sending", 1), ("in_doubt", 1), ("unknown", None)]
    assert (steps[2].worker, steps[2].stage) == ("box:9", "lease")
    assert steps[3].at == clock.now()


def test_what_was_never_begun_is_told_without_burning_a_try(planned, clock):
    first = MemoryTransport(lambda m: outcome(m, Verdict.NOT_BEGUN))
    deliver_next_batch(sender_of(planned, clock, first, should_stop=lambda: bool(first.waves)))
    deliver_next_batch(sender_of(planned, clock, MemoryTransport()))

    told = words(steps_of(planned, "1"))
    assert told[:3] == [("planned", None), ("sending", 1), ("not_begun", 1)]
    assert told[3:] == [("sending", 1), ("accepted", 1)]


def test_noting_the_same_try_twice_tells_it_once(planned, clock):
    """As after a commit whose answer was lost."""
    transport = MemoryTransport(lambda m: outcome(m, Verdict.DEFERRED, blame=Blame.MAILBOX))
    deliver_next_batch(sender_of(planned, clock, transport))
    with planned.reading() as session:
        brief = session.scalars(select(Brief).where(Brief.id == 1)).one()
    before = words(steps_of(planned, "1"))
    row = {"brief_id": 1, "attempt": 1, "verdict": "deferred", "stage": "memory"}
    with planned.transaction() as session:
        note_attempts(
            session, [row], local_date=brief.local_date, wave_id=brief.wave_id, now=clock.now()
        )

    assert words(steps_of(planned, "1")) == before


def test_the_command_speaks_in_words_and_in_json(planned, clock, podbrief):
    deliver_next_batch(sender_of(planned, clock, MemoryTransport(), name="box:7"))

    said = podbrief("brief", "trace", EMAIL)
    assert said.code == 0
    for word in ("planned", "sending", "accepted", "box:7", "memory-1"):
        assert word in said.out
    (found,) = json.loads(podbrief("brief", "trace", EMAIL, "--json").out)
    assert (found["list"], found["state"]) == ("daily", "accepted")
    assert [step["state"] for step in found["steps"]] == ["planned", "sending", "accepted"]
    assert EMAIL not in podbrief("brief", "trace", str(found["brief_id"]), "--json").out


def test_who_has_no_brief_is_said(planned, clock, podbrief):
    assert podbrief("brief", "trace", "99999").code == 2
    assert podbrief("brief", "trace", "nobody@example.org").code == 2
    assert podbrief("brief", "trace", EMAIL, "--date", "2020-01-01").code == 2
    assert "not a date" in podbrief("brief", "trace", EMAIL, "--date", "sunday").err
