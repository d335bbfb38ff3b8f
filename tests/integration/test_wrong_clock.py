"""A worker whose clock is wrong neither plans, sends nor sweeps; it says why, and goes on later."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from service.clock import FixedClock, SteadyClock
from service.config import Settings
from service.db.database import Database
from service.db.time import database_now, seconds_ahead
from service.jobs import Doorbell
from service.ledger.heartbeats import age_seconds, alive
from service.monitoring.alarms import AlarmName, check_ledger
from service.sending.deliver import deliver_next_batch
from service.sending.drain import Drain
from service.sending.sweep import sweep
from service.setting_groups import TextSettings
from tests.factories.sending import sender_of, states
from tests.factories.store import make_insight, make_list, make_subscription
from tests.factories.transports import MemoryTransport
from workers.context import WorkerContext
from workers.poller import look_for_work

READERS = 3
SECOND = dt.timedelta(seconds=1)
ALLOWED = 30 * SECOND
HOUR = dt.timedelta(hours=1)
LONG = 10_000.0  # since this process started: it plans by itself


@pytest.fixture
def right(database: Database) -> FixedClock:
    """The store's own time, as it was when the test began."""
    with database.reading() as session:
        return FixedClock(session.scalars(select(database_now())).one())


@pytest.fixture
def here(database: Database, right: FixedClock, tmp_path: Path) -> WorkerContext:
    """A worker, and three people who are due by the right clock."""
    with database.transaction() as session:
        newsletter = make_list(session, created_at=right.now())
        for _ in range(6):
            make_insight(session, published_at=right.now() - HOUR, created_at=right.now() - HOUR)
        for _ in range(READERS):
            make_subscription(session, newsletter, next_due_at=right.now() - SECOND)
    settings = Settings(home=tmp_path, text=TextSettings(model="lexical"))
    steady = SteadyClock(right)
    drain = Drain(sender_of(database, steady, MemoryTransport()))
    return WorkerContext(settings, database, steady, drain, Doorbell(settings))


@pytest.mark.parametrize("wrong_by", [-8 * HOUR, -2 * ALLOWED, 2 * ALLOWED, 8 * HOUR])
def test_who_has_a_wrong_clock_rests_and_says_so(here, right, wrong_by):
    right.advance(wrong_by)
    look_for_work(here, running_for=LONG)

    assert states(here.database) == {}
    with here.database.reading() as session:
        assert age_seconds(session, "sweep") is None
        (seen,) = alive(session, kind="worker")
        rings = {a.name: a.what for a in check_ledger(session, [], now=right.now()) if a.rings}
    assert "the store's, 30 s are allowed" in seen.details["clock_fault"]
    assert "30 s are allowed" in rings[AlarmName.CLOCK_WRONG]

    right.advance(-wrong_by)
    look_for_work(here, running_for=LONG)

    assert states(here.database) == {"accepted": READERS}
    with here.database.reading() as session:
        (seen,) = alive(session, kind="worker")
        assert seen.details["clock_fault"] is None
        assert AlarmName.CLOCK_WRONG not in {
            alarm.name for alarm in check_ledger(session, [], now=right.now()) if alarm.rings
        }


def test_a_clock_that_jumps_while_a_loop_goes_on_moves_nothing(here, right):
    before = here.clock.now()
    right.advance(HOUR)

    assert before <= here.clock.now() < before + HOUR / 2
    look_for_work(here, running_for=LONG)
    assert here.clock.now() < before + HOUR / 2  # it was looked at, and not believed
    right.advance(-HOUR + 5 * SECOND)
    look_for_work(here, running_for=LONG)
    assert before + 4 * SECOND < here.clock.now()


@pytest.mark.parametrize("wrong_by", [-5 * HOUR, 5 * HOUR])
def test_what_somebody_holds_is_theirs_whatever_the_clock_of_who_asks(planned, clock, wrong_by):
    wrong, other = FixedClock(clock.now() + wrong_by), MemoryTransport()

    def meanwhile(_message: object) -> None:
        sweep(planned, now=wrong.now())
        deliver_next_batch(sender_of(planned, wrong, other, name="test:2"))

    transport = MemoryTransport(meanwhile)
    while deliver_next_batch(sender_of(planned, clock, transport)):
        pass

    assert other.taken == []
    assert len(transport.taken) == len(set(transport.recipients)) == sum(states(planned).values())
    assert states(planned).keys() == {"accepted"}


def test_a_slow_answer_is_no_wrong_clock(database, right):
    class Slow:
        """Twenty seconds before the store, then twenty after: it lies within."""

        moments: Iterator[dt.datetime] = iter(
            (right.now() - 20 * SECOND, right.now() + 20 * SECOND)
        )

        def now(self) -> dt.datetime:
            return next(self.moments)

    with database.reading() as session:
        assert seconds_ahead(session, Slow()) == 0
        right.advance(-HOUR)
        assert seconds_ahead(session, right) == pytest.approx(-3600, abs=30)
        right.advance(2 * HOUR)
        assert seconds_ahead(session, right) == pytest.approx(3600, abs=30)
