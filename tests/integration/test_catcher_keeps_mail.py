"""What the catcher answered with 250 is kept: through load, kills, restarts and a full inbox."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.clock import FixedClock
from service.config import Settings
from service.embedded.catcher.ports import read_ports
from service.embedded.catcher.schema import inbox_folder
from service.embedded.catcher.serve import serve
from service.embedded.catcher.store import Inbox
from service.embedded.catcher.values import ReceivedMail
from service.embedded.catcher.writer import Writer
from service.errors import ConfigurationError, UnavailableError
from tests.factories.catcher import RunningCatcher, SmtpClient, mail, running_catcher

NOW = FixedClock(dt.datetime(2026, 11, 22, 7, 4, 12, tzinfo=dt.UTC)).now()


def test_500_mails_over_8_connections_are_all_counted(tmp_path):
    with running_catcher(tmp_path) as catcher:
        shares = [range(start, 500, 8) for start in range(8)]
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(lambda share: deliver_all(catcher, share), shares))
        assert catcher.inbox.recipients_with_count() == {
            f"p{number}@example.org": 1 for number in range(500)
        }
        assert catcher.inbox.count() == 500


def test_a_kill_after_the_250_loses_nothing(tmp_path):
    with running_catcher(tmp_path) as catcher:
        deliver_all(catcher, range(40))
        catcher.kill()
    with running_catcher(tmp_path) as catcher:
        assert catcher.inbox.count() == 40
        deliver_all(catcher, range(40, 50))
        assert catcher.inbox.count() == 50
        for summary in catcher.inbox.messages(limit=50):
            kept = catcher.inbox.message(summary.id)
            assert kept is not None
            assert kept.content == mail(f"Brief of {summary.envelope_to}") + b"\r\n"


def test_a_stop_ends_well_and_takes_back_its_ports(tmp_path):
    with running_catcher(tmp_path) as catcher, SmtpClient(catcher.ports.smtp) as idle:
        assert catcher.stop() == 0
        assert idle.reply().startswith("421")
        assert read_ports(tmp_path) is None


def test_a_port_in_use_is_named_with_its_setting(tmp_path):
    with running_catcher(tmp_path) as catcher:
        settings = Settings(
            home=tmp_path / "other",
            catcher={"smtp_port": catcher.ports.smtp, "inbox_port": 0},
        )
        with pytest.raises(ConfigurationError, match="PODBRIEF_CATCHER_SMTP_PORT"):
            serve(settings)


def test_an_inbox_that_is_no_inbox_is_named(tmp_path):
    inbox_folder(tmp_path).mkdir()
    (inbox_folder(tmp_path) / "inbox.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(UnavailableError, match=r"inbox\.db"):
        Writer(tmp_path)


def test_the_oldest_mail_goes_when_the_inbox_is_full(tmp_path):
    keep(tmp_path, [f"Subject: {number}\r\n\r\n".encode() * 10 for number in range(1, 31)])
    assert Inbox(tmp_path).count() == 30
    keep(tmp_path, [b"Subject: last\r\n\r\n"], kept_at_most=10, segment_bytes=1_000)
    keep(tmp_path, [], kept_at_most=10, segment_bytes=1_000)  # a start tidies up
    subjects = [summary.subject for summary in Inbox(tmp_path).messages()]
    assert subjects == ["last", *(str(number) for number in range(30, 21, -1))]


def test_the_files_of_removed_mail_go_too(tmp_path):
    keep(tmp_path, [b"Subject: x\r\n\r\n" + b"x" * 900] * 5, segment_bytes=1_000)
    assert size_of_mail(tmp_path) > 4_000
    assert Inbox(tmp_path).clear() == 5
    keep(tmp_path, [])
    assert size_of_mail(tmp_path) == 0
    keep(tmp_path, [b"Subject: next\r\n\r\n"])
    [only] = Inbox(tmp_path).messages()
    assert (only.id, only.subject) == (6, "next")


def test_one_that_cannot_be_written_is_answered_and_the_next_is_kept(tmp_path):
    answers = keep(tmp_path, [b"Subject: a\r\n\r\n"], recipients=("\ud800@example.org",))
    assert answers == [False]
    assert keep(tmp_path, [b"Subject: b\r\n\r\n"]) == [True]
    assert [summary.subject for summary in Inbox(tmp_path).messages()] == ["b"]


def keep(home, contents, *, recipients=("ana@example.org",), **limits) -> list[bool]:
    """Write mails with a writer of their own and return its answers."""
    writer = Writer(home, **limits)
    answers: list[bool] = []
    for content in contents:
        received = ReceivedMail(
            envelope_from="brief@example.org",
            recipients=recipients,
            content=content,
            received_at=NOW,
        )
        writer.put(received, answers.append)
    writer.start()
    writer.stop()
    return answers


def deliver_all(catcher: RunningCatcher, numbers: range) -> None:
    with SmtpClient(catcher.ports.smtp) as client:
        for number in numbers:
            recipient = f"p{number}@example.org"
            assert client.deliver(mail(f"Brief of {recipient}"), recipient).startswith("250")


def size_of_mail(home) -> int:
    return sum(path.stat().st_size for path in inbox_folder(home).glob("mail-*.bin"))
