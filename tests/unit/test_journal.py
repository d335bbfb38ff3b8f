"""The journal: what a dead process began and what it was answered can be read by others."""

import datetime as dt
import errno
import os
from pathlib import Path

import pytest

from service.sending import journal as journals
from service.sending.journal import AttemptId, Journal, KnownWave, journals_of_the_dead
from service.sending.known_waves import keep_newest, known_waves
from service.sending.outcome import Blame, Outcome, Verdict

FIRST, SECOND, THIRD = (AttemptId("brief", number, 1) for number in (11, 12, 13))


def refused(attempt: AttemptId) -> Outcome:
    return Outcome(
        delivery_id=attempt.delivery_id,
        attempt=attempt.attempt,
        verdict=Verdict.FAILED,
        blame=Blame.ADDRESS,
        stage="rcpt",
        code=550,
        enhanced="5.1.1",
        reply="550 5.1.1 nobody@example.org is not here",
        provider_id="queued 1",
    )


def test_begun_and_answered_attempts_are_read_back(tmp_path):
    journal = Journal(tmp_path)
    assert journal.begin([FIRST, SECOND])
    assert journal.replied(FIRST, refused(FIRST))
    journal.close()

    (found,) = journals_of_the_dead(tmp_path)

    assert found.id == journal.id
    assert found.begun == {FIRST, SECOND}
    assert THIRD not in found.begun
    answer = found.replies[FIRST]
    assert (answer.verdict, answer.blame, answer.code) == (Verdict.FAILED, Blame.ADDRESS, 550)
    assert answer.enhanced == "5.1.1"


def test_a_journal_holds_no_address(tmp_path):
    journal = Journal(tmp_path)
    journal.begin([FIRST])
    journal.replied(FIRST, refused(FIRST))

    assert b"@" not in journal.path.read_bytes()


def test_the_journal_of_a_living_process_is_left_alone(tmp_path):
    living = Journal(tmp_path)

    assert journals_of_the_dead(tmp_path) == []

    living.close()
    assert len(journals_of_the_dead(tmp_path)) == 1


def test_two_cannot_read_the_same_journal_at_once(tmp_path):
    Journal(tmp_path).close()
    (first,) = journals_of_the_dead(tmp_path)

    assert journals_of_the_dead(tmp_path) == []

    first.close(remove=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_line_that_was_cut_never_happened(tmp_path: Path, cut: int):
    journal = Journal(tmp_path)
    journal.begin([FIRST])
    journal.begin([SECOND])
    journal.close()
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:-cut])

    (found,) = journals_of_the_dead(tmp_path)

    assert found.begun == ({FIRST, SECOND} if cut == 1 else {FIRST})


def test_a_line_with_a_flipped_bit_is_passed_over(tmp_path):
    journal = Journal(tmp_path)
    journal.begin([FIRST])
    journal.begin([SECOND])
    journal.close()
    journal.path.write_bytes(journal.path.read_bytes().replace(b"brief.11", b"brief.19"))

    (found,) = journals_of_the_dead(tmp_path)

    assert found.begun == {SECOND}


def test_what_is_missing_is_believed_only_on_the_same_start_of_the_machine(tmp_path, monkeypatch):
    Journal(tmp_path).close()
    (found,) = journals_of_the_dead(tmp_path)
    assert found.may_be_believed
    found.close(remove=False)

    monkeypatch.setattr(journals, "boot_id", lambda: "another-start")
    (later,) = journals_of_the_dead(tmp_path)
    assert not later.may_be_believed


def test_a_synced_journal_is_believed_after_a_power_cut_too(tmp_path, monkeypatch):
    Journal(tmp_path, sync=True).close()

    monkeypatch.setattr(journals, "boot_id", lambda: "another-start")
    (found,) = journals_of_the_dead(tmp_path)

    assert found.may_be_believed


def test_a_failed_write_says_no_and_spoils_no_other_line(tmp_path, monkeypatch):
    journal = Journal(tmp_path)
    real = os.write

    def full(file: int, data: bytes) -> int:
        return real(file, data[:9]) if data.startswith(b"B") else real(file, data)

    monkeypatch.setattr(os, "write", full)
    assert journal.begin([FIRST]) is False
    monkeypatch.undo()
    assert journal.begin([SECOND]) is False
    assert journal.replied(SECOND, refused(SECOND))
    journal.close()

    (found,) = journals_of_the_dead(tmp_path)
    assert found.begun == set()
    assert list(found.replies) == [SECOND]


@pytest.mark.parametrize("torn", [b"W", b"R"])
def test_once_a_line_was_torn_nothing_begins_though_there_is_room_again(
    tmp_path, monkeypatch, torn
):
    journal = Journal(tmp_path)
    assert journal.begin([FIRST])
    real = os.write

    def full(file: int, data: bytes) -> int:
        if data.startswith(torn):
            return real(file, data[:9])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    assert not (journal.marked(wave(1)) if torn == b"W" else journal.replied(FIRST, refused(FIRST)))
    monkeypatch.undo()
    assert journal.begin([SECOND]) is False
    journal.close()

    (found,) = journals_of_the_dead(tmp_path)
    assert found.begun == {FIRST}


def wave(number: int) -> KnownWave:
    moment = dt.datetime(2026, 11, 22, 7, number, 0, 123456, tzinfo=dt.UTC)
    return KnownWave(f"{number:032x}", moment.date(), moment, "store")


def test_what_was_begun_is_read_back_with_its_wave(tmp_path):
    journal = Journal(tmp_path)
    for number, attempt in ((1, FIRST), (2, SECOND)):
        journal.marked(wave(number))
        journal.begin([attempt])
    journal.close()

    (found,) = journals_of_the_dead(tmp_path)

    assert found.waves == [wave(1), wave(2)]
    assert found.wave_of == {FIRST: wave(1), SECOND: wave(2)}


def test_a_wave_of_notices_has_no_date_and_a_store_may_have_no_name(tmp_path):
    bare = KnownWave("w", None, wave(1).started_at, "")
    journal = Journal(tmp_path)
    journal.marked(bare)
    journal.close()

    (found,) = journals_of_the_dead(tmp_path)
    assert found.waves == [bare]


def test_the_newest_wave_of_each_journal_is_known_though_its_process_lives(tmp_path):
    living, dead = Journal(tmp_path), Journal(tmp_path)
    for journal, numbers in ((living, (1, 4)), (dead, (2, 3))):
        for number in numbers:
            journal.marked(wave(number))
            journal.begin([AttemptId("brief", n, 1) for n in range(2_000)])
    dead.close()

    assert {known.id for known in known_waves(tmp_path)} == {wave(4).id, wave(3).id}


def test_the_newest_wave_is_kept_when_its_journal_goes(tmp_path):
    keep_newest(tmp_path, [wave(3)])
    keep_newest(tmp_path, [wave(2)])
    keep_newest(tmp_path, [])
    assert known_waves(tmp_path) == [wave(3)]

    keep_newest(tmp_path, [wave(5), wave(4)])
    assert known_waves(tmp_path) == [wave(5)]


def test_nothing_is_known_where_nothing_was_written(tmp_path):
    assert known_waves(tmp_path / "not there") == []
