"""A disc is full, of the journals or of the store: nothing begins, and it goes on by itself."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import OperationalError

from service.clock import FixedClock
from service.db.database import Database
from service.editions.models import Batch
from service.errors import UnavailableError
from service.ledger.heartbeats import alive
from service.ledger.models import Wave
from service.monitoring.alarms import AlarmName, check_ledger
from service.sending import known_waves
from service.sending.deliver import deliver_next_batch
from service.sending.drain import Drain
from service.sending.journal import Journal
from service.sending.pace import Pace
from service.sending.recover import recover
from service.sending.sweep import sweep
from tests.factories.sending import EPOCH, equation_holds, sender_of, states
from tests.factories.transports import MemoryTransport

PEOPLE = 7  # of the fixture `planned`
WAVE = 3
STEPS = (60.0,)


class SmallWaves(Pace):
    """Waves of three, however fast it goes."""

    def wave_size(self) -> int:
        return WAVE


class Disc:
    """Room for journals' lines that begin as told; `fits` bytes of a line that has none."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refuses: tuple[bytes, ...] = ()
        self.fits = 0
        self._write = os.write
        monkeypatch.setattr(os, "write", self._write_if_there_is_room)

    def _write_if_there_is_room(self, file: int, data: bytes) -> int:
        if not data.startswith(self.refuses) or not self.refuses:
            return self._write(file, data)
        if self.fits:
            return self._write(file, data[: self.fits])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


EVERYTHING = (b"",)


@pytest.fixture
def disc(monkeypatch: pytest.MonkeyPatch) -> Disc:
    return Disc(monkeypatch)


def worker(planned: Database, clock: FixedClock, transport: MemoryTransport, home: Path) -> Drain:
    return Drain(
        sender_of(planned, clock, transport, journals=home, pace=SmallWaves(), wait=lambda _: None)
    )


def waves(planned: Database) -> int:
    with planned.reading() as session:
        return session.scalar(select(func.count()).select_from(Wave)) or 0


def ringing(planned: Database, clock: FixedClock) -> dict[AlarmName, str]:
    with planned.reading() as session:
        found = check_ledger(session, [], now=clock.now())
    return {alarm.name: alarm.what for alarm in found if alarm.rings}


@pytest.mark.parametrize("fits", [0, 11])
def test_what_cannot_be_written_down_does_not_begin_until_there_is_room(
    planned, clock, tmp_path, disc, fits
):
    def fill(_message):
        if len(transport.taken) == 3:
            disc.refuses, disc.fits = EVERYTHING, fits

    transport = MemoryTransport(fill)
    drain = worker(planned, clock, transport, tmp_path)
    for _ in range(3):
        drain.run()

    assert len(transport.taken) == 4  # it had been written down that the fourth begins
    assert states(planned) == {"accepted": 4, "planned": PEOPLE - 4}
    assert waves(planned) == 2  # nothing is marked in vain meanwhile
    assert list(tmp_path.glob("*.journal")) == []
    with planned.reading() as session:
        (seen,) = alive(session, kind="worker")
    assert str(tmp_path) in seen.details["journal_fault"]
    assert str(tmp_path) in ringing(planned, clock)[AlarmName.JOURNAL_FAILED]

    disc.refuses = ()
    drain.run()

    assert sorted(transport.recipients) == sorted(set(transport.recipients))
    assert states(planned) == {"accepted": PEOPLE}
    assert equation_holds(planned)
    assert AlarmName.JOURNAL_FAILED not in ringing(planned, clock)


def test_an_answer_that_cannot_be_written_down_is_settled_all_the_same(
    planned, clock, tmp_path, disc
):
    def fill(_message):
        disc.refuses = (b"R",) if len(transport.taken) == 1 else ()

    transport = MemoryTransport(fill)
    drain = worker(planned, clock, transport, tmp_path)
    drain.run()

    assert states(planned) == {"accepted": PEOPLE}
    assert len(transport.taken) == PEOPLE
    assert recover(planned, tmp_path, now=clock.now(), steps=STEPS) == 0


def test_a_journal_whose_first_line_fails_leaves_nothing_behind(tmp_path, disc):
    disc.refuses, disc.fits = EVERYTHING, 5
    open_before = len(list(Path("/proc/self/fd").iterdir()))

    with pytest.raises(UnavailableError, match=r"only 5 of .* bytes fitted"):
        Journal(tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "journals").write_text("a file in its place")

    with pytest.raises(UnavailableError, match="journals: File exists"):
        Journal(tmp_path / "journals")


def test_a_journal_stays_while_its_last_wave_cannot_be_kept(planned, clock, tmp_path, monkeypatch):
    drain = worker(planned, clock, MemoryTransport(), tmp_path)
    drain.run()
    last = drain.sender.last_wave
    drain.sender.give_journal_up()
    file = tmp_path / known_waves.KEPT
    file.write_bytes(b"W cut in the mid")
    real: Any = Path.open

    def no_room(self: Path, mode: str = "r", *words: Any, **more: Any) -> Any:
        if "a" in mode:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(self, mode, *words, **more)

    monkeypatch.setattr(Path, "open", no_room)
    recover(planned, tmp_path, now=clock.now(), steps=STEPS)
    assert len(list(tmp_path.glob("*.journal"))) == 1

    monkeypatch.undo()
    recover(planned, tmp_path, now=clock.now(), steps=STEPS)
    assert list(tmp_path.glob("*.journal")) == []
    assert known_waves.known_waves(tmp_path) == [last]


@contextmanager
def without_room(planned: Database, *, on_commits: Callable[[], bool]) -> Iterator[None]:
    """Refuse commits as a store on a full disc does, for as long as `on_commits` says so."""

    def refuse(_connection: object) -> None:
        if on_commits():
            full = sqlite3.OperationalError("database or disk is full")
            raise OperationalError("COMMIT", None, full)

    if planned.is_sqlite:
        event.listen(planned.engine, "commit", refuse)
        yield
        event.remove(planned.engine, "commit", refuse)
        return
    trigger = """
        CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF EXISTS (SELECT FROM full_disc) THEN
            RAISE EXCEPTION 'could not extend file: no room' USING ERRCODE = '53100';
          END IF;
          RETURN NULL;
        END $$;
        CREATE TABLE full_disc (at_all boolean);
        CREATE CONSTRAINT TRIGGER no_room AFTER INSERT OR UPDATE ON waves
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no_room();
    """
    run(planned, trigger)
    yield


def run(planned: Database, statement: str) -> None:
    with planned.transaction() as session:
        session.execute(text(statement))


class Room:
    """The room of the store, to be taken away and given back."""

    def __init__(self, planned: Database) -> None:
        self.is_there = True
        self._planned = planned

    def take(self) -> None:
        self.is_there = False
        self._tell("INSERT INTO full_disc VALUES (true)")

    def give(self) -> None:
        self.is_there = True
        self._tell("DELETE FROM full_disc")

    def _tell(self, statement: str) -> None:
        if not self._planned.is_sqlite:
            run(self._planned, statement)


@pytest.fixture
def room(planned: Database) -> Iterator[Room]:
    found = Room(planned)
    with without_room(planned, on_commits=lambda: not found.is_there):
        yield found


def test_a_store_without_room_for_a_mark_lets_nothing_begin(planned, clock, tmp_path, room):
    transport = MemoryTransport()
    sender = worker(planned, clock, transport, tmp_path).sender
    room.take()

    with pytest.raises(UnavailableError, match="the store has no room left"):
        deliver_next_batch(sender)

    room.give()
    assert transport.taken == []
    assert states(planned) == {"planned": PEOPLE}
    with planned.transaction() as session:
        session.execute(update(Batch).values(lease_until=EPOCH))  # some time passes
    sweep(planned, now=clock.now())
    while deliver_next_batch(sender):
        pass
    assert len(transport.taken) == len(set(transport.recipients)) == PEOPLE
    assert states(planned) == {"accepted": PEOPLE}


def test_a_store_without_room_for_an_outcome_is_asked_again_and_no_mail_repeated(
    planned, clock, tmp_path, room
):
    waited = []

    def wait(_seconds: float) -> None:
        waited.append(len(transport.taken))
        if len(waited) == 3:  # somebody has tidied up
            room.give()

    def fill(_message):
        if len(transport.taken) == 1:
            room.take()

    transport = MemoryTransport(fill)
    sender = worker(planned, clock, transport, tmp_path).sender
    sender.wait = wait
    while deliver_next_batch(sender):
        pass

    assert waited == [WAVE] * 3
    assert len(transport.taken) == len(set(transport.recipients)) == PEOPLE
    assert states(planned) == {"accepted": PEOPLE}
    assert equation_holds(planned)
