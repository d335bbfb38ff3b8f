"""Signs of life go by the database's clock, and say who runs, since when and how they are."""

import datetime as dt
import os
import threading

import time_machine
from sqlalchemy import func, select, update

from service.db.database import Database
from service.db.time import database_now
from service.ledger.heartbeats import age_seconds, alive, beat, end, forget_the_dead
from service.ledger.models import Heartbeat


def sign(database: Database, name: str, kind: str = "worker", **details: object) -> None:
    with database.transaction() as session:
        beat(session, name=name, kind=kind, details=details)


def make_older(database: Database, name: str, seconds: float) -> None:
    with database.transaction() as session:
        session.execute(
            update(Heartbeat)
            .where(Heartbeat.name == name)
            .values(seen_at=database_now(-seconds), started_at=database_now(-seconds))
        )


def names_alive(database: Database, *, within: float = 60) -> list[str]:
    with database.reading() as session:
        return [row.name for row in alive(session, kind="worker", within_seconds=within)]


def test_who_gave_a_sign_is_alive_and_told_by_name(database: Database):
    sign(database, "b:2", per_second=12.5)
    sign(database, "a:1")
    sign(database, "beat", kind="beat")

    with database.reading() as session:
        found = alive(session, kind="worker")
    assert [row.name for row in found] == ["a:1", "b:2"]
    assert found[1].details == {"per_second": 12.5}
    assert found[0].pid == os.getpid()
    assert found[0].host


def test_a_second_sign_moves_the_moment_and_keeps_the_beginning(database: Database):
    sign(database, "a:1", turn=1)
    make_older(database, "a:1", 100)
    sign(database, "a:1", turn=2)

    with database.reading() as session:
        row = session.scalars(select(Heartbeat)).one()
    assert dt.timedelta(seconds=90) < row.seen_at - row.started_at < dt.timedelta(seconds=150)
    assert row.details == {"turn": 2}


def test_who_has_been_silent_too_long_is_not_alive(database: Database):
    sign(database, "a:1")
    make_older(database, "a:1", 61)
    assert names_alive(database) == []
    assert names_alive(database, within=120) == ["a:1"]


def test_it_goes_by_the_databases_clock_whatever_ours_says(database: Database):
    with time_machine.travel(dt.datetime(2001, 1, 1, tzinfo=dt.UTC), tick=False):
        sign(database, "a:1")
    with time_machine.travel(dt.datetime(2051, 1, 1, tzinfo=dt.UTC), tick=False):
        sign(database, "b:2")
    assert names_alive(database) == ["a:1", "b:2"]
    with database.reading() as session:
        age = age_seconds(session, "worker")
    assert age is not None
    assert age < 60


def test_the_clock_moves_within_a_transaction(database: Database):
    with database.transaction() as session:
        first = session.scalar(select(database_now()))
        moments = [session.scalar(select(database_now())) for _ in range(2_000)]
    assert first < moments[-1]  # a lease taken late in a long transaction is as long as any
    assert moments == sorted(moments)
    assert first.utcoffset() == dt.timedelta()


def test_seconds_are_added_and_taken_to_the_millisecond(database: Database):
    with database.reading() as session:
        row = session.execute(
            select(
                database_now(90.25).label("later"),
                database_now().label("now"),
                database_now(-0.5).label("before"),
            )
        ).one()
    assert abs((row.later - row.now).total_seconds() - 90.25) < 0.1
    assert abs((row.now - row.before).total_seconds() - 0.5) < 0.1


def test_a_statement_with_the_databases_clock_is_compiled_once_for_any_seconds(database: Database):
    def moment(seconds: float) -> dt.datetime:
        found: dt.datetime = session.execute(select(database_now(seconds))).scalar_one()
        return found

    with database.reading() as session:
        now = moment(0)
        before = len(database.engine._compiled_cache or ())
        later = moment(3600)
        assert len(database.engine._compiled_cache or ()) == before > 0
    assert 3599 < (later - now).total_seconds() < 3660


def test_the_age_is_that_of_the_last_sign_of_its_kind(database: Database):
    sign(database, "a:1")
    sign(database, "b:2")
    make_older(database, "a:1", 500)
    make_older(database, "b:2", 200)
    with database.reading() as session:
        assert age_seconds(session, "beat") is None
        age = age_seconds(session, "worker")
    assert age is not None
    assert 200 <= age < 260


def test_a_sign_from_a_clock_that_was_ahead_is_no_negative_age(database: Database):
    sign(database, "a:1")
    make_older(database, "a:1", -500)
    with database.reading() as session:
        assert age_seconds(session, "worker") == 0


def test_who_ended_on_purpose_is_forgotten_at_once(database: Database):
    sign(database, "a:1")
    sign(database, "b:2")
    with database.transaction() as session:
        end(session, name="a:1")
        end(session, name="nobody")
    assert names_alive(database) == ["b:2"]


def test_the_dead_are_forgotten_after_a_day(database: Database):
    sign(database, "a:1")
    sign(database, "b:2")
    make_older(database, "a:1", 86_460)
    make_older(database, "b:2", 86_000)
    with database.transaction() as session:
        forget_the_dead(session)
    with database.reading() as session:
        assert session.scalars(select(Heartbeat.name)).all() == ["b:2"]


def test_two_who_sign_at_once_by_one_name_are_one(database: Database):
    start = threading.Barrier(4)
    faults: list[BaseException] = []

    def run() -> None:
        start.wait()
        try:
            for _ in range(5):
                sign(database, "beat", kind="beat")
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            faults.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Heartbeat)) == 1
