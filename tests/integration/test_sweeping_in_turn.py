"""Sweeping: one of all processes does it when it is time, and cron may do it by hand."""

import datetime as dt
import json

import pytest
from sqlalchemy import update

from service.clock import FixedClock
from service.db.database import Database
from service.db.time import database_now
from service.editions.plan import plan_due
from service.ledger.heartbeats import age_seconds, take_turn
from service.ledger.models import Heartbeat, Wave
from service.sending.deliver import deliver_next_batch
from tests.factories.sending import EPOCH, sender_of, states
from tests.factories.store import make_insight, make_list, make_subscription
from tests.factories.transports import MemoryTransport


@pytest.fixture
def readers(database: Database) -> Database:
    with database.transaction() as session:
        newsletter = make_list(session)
        for _ in range(6):
            make_insight(session)
        for _ in range(3):
            make_subscription(session, newsletter)
    return database


def turn(database: Database, every: float = 30) -> bool:
    with database.transaction() as session:
        return take_turn(session, deed="sweep", every_seconds=every)


def test_of_many_that_ask_one_has_the_turn(database):
    assert [turn(database) for _ in range(5)] == [True, False, False, False, False]


def test_the_turn_comes_again_by_the_databases_clock(database):
    assert turn(database)
    with database.transaction() as session:
        session.execute(
            update(Heartbeat)
            .where(Heartbeat.name == "sweep")
            .values(seen_at=database_now(-31))
            .execution_options(synchronize_session=False)
        )
    assert [turn(database), turn(database)] == [True, False]


def test_cron_recovers_sweeps_and_catches_up(readers, clock, podbrief, tmp_path, monkeypatch):
    monkeypatch.setenv("PODBRIEF_HOME", str(tmp_path))
    monkeypatch.setenv("PODBRIEF_BROKER_URL", "redis://127.0.0.1:1/0")

    found = json.loads(podbrief("sweep", "--once", "--json").out)
    assert found["planned"] == 3
    assert states(readers) == {"planned": 3}
    with readers.reading() as session:
        assert (age_seconds(session, "sweep") or 0) < 30

    class Killed(BaseException):
        pass

    def die(_message):
        raise Killed

    with pytest.raises(Killed):
        deliver_next_batch(sender_of(readers, clock, MemoryTransport(die)))
    with readers.transaction() as session:
        session.execute(update(Wave).values(lease_until=EPOCH))
    said = podbrief("sweep", "--once")
    assert said.code == 0
    assert "1 waves of the dead" in said.out
    assert states(readers) == {"in_doubt": 1, "planned": 2}
    assert podbrief("sweep", "--once").out.strip() == "nothing to do"


def test_a_sweep_ends_what_is_too_late(readers, clock: FixedClock, podbrief, tmp_path, monkeypatch):
    monkeypatch.setenv("PODBRIEF_HOME", str(tmp_path))
    plan_due(readers, now=clock.now())
    clock.advance(dt.timedelta(hours=7))

    assert json.loads(podbrief("sweep", "--once", "--json").out)["expired"] == 3
    assert states(readers) == {"expired": 3}
