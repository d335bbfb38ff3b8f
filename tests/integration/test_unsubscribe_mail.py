"""Mails to the address of List-Unsubscribe: the token in them is the proof, nothing else."""

import io

import pytest
from sqlalchemy import select

from service.audience.models import Consent, Subscription
from service.editions.models import Brief
from service.feedback.unsubscribe_mail import MailOutcome, unsubscribe_by_mail
from service.tokens import Purpose, Signer
from tests.factories.readership import build_readership

SIGNER = Signer([b"a key that is long enough to sign with"])


@pytest.fixture
def people(database, clock):
    with database.transaction() as session:
        return build_readership(session, now=clock.now())


def mail(subject: str, body: str = "", sender: str = "mallory@example.net") -> bytes:
    return f"From: {sender}\r\nTo: leave@example.org\r\nSubject: {subject}\r\n\r\n{body}".encode()


def read(database, clock, raw: bytes) -> MailOutcome:
    with database.transaction() as session:
        return unsubscribe_by_mail(session, raw, signer=SIGNER, now=clock.now())


def status(database, people) -> str:
    with database.reading() as session:
        return str(session.get_one(Subscription, people.subscription_id).status)


def test_the_mail_our_header_asks_for_ends_the_subscription(database, clock, people):
    raw = mail(f"unsubscribe {people.unsubscribe_token(SIGNER)}")
    assert read(database, clock, raw) is MailOutcome.LEFT
    assert status(database, people) == "unsubscribed"
    assert read(database, clock, raw) is MailOutcome.LEFT_BEFORE
    with database.reading() as session:
        assert session.scalars(select(Consent.source)).all() == ["unsubscribe_mail"]


def test_it_settles_the_brief_it_came_by(database, clock, people):
    with database.transaction() as session:
        session.scalars(select(Brief)).one().state = "in_doubt"
    read(database, clock, mail(f"unsubscribe {people.unsubscribe_token(SIGNER)}"))
    with database.reading() as session:
        assert session.scalars(select(Brief.state)).one() == "accepted"


@pytest.mark.parametrize("subject", ["Re: unsubscribe\r\n {}", "Fwd: (unsubscribe {})", "{}"])
def test_a_folded_or_answered_subject_is_read(database, clock, people, subject):
    raw = mail(subject.format(people.unsubscribe_token(SIGNER)))
    assert read(database, clock, raw) is MailOutcome.LEFT


def test_a_token_in_the_text_is_read(database, clock, people):
    raw = mail("please stop", f"unsubscribe {people.unsubscribe_token(SIGNER)}\r\n")
    assert read(database, clock, raw) is MailOutcome.LEFT


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        mail("unsubscribe", sender="ada@example.org"),  # whose sender may be forged
        mail("unsubscribe " + "A" * 40),
        b"Subject: =?utf-8?b?" + b"A" * 5000,
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x\r\n" * 50,
        b"Content-Type: text/plain; charset=nonsense\r\nSubject: x\r\n\r\n\xff\xff",
        b"Subject: " + b"unsubscribe " * 90_000,
    ],
)
def test_a_mail_without_a_token_of_ours_is_left_to_people(database, clock, people, raw):
    assert read(database, clock, raw) is MailOutcome.NOT_OURS
    assert status(database, people) == "active"


def test_a_token_made_for_something_else_ends_nothing(database, clock, people):
    other = SIGNER.sign(Purpose.BRIEF, people.subscription_id, people.brief_id, 739_000)
    assert read(database, clock, mail(f"unsubscribe {other}")) is MailOutcome.NOT_OURS
    assert status(database, people) == "active"


def test_the_command_reads_one_mail_and_says_what_came_of_it(
    database, clock, people, podbrief, monkeypatch
):
    context = __import__("service.cli.context", fromlist=["context"]).context
    signer = Signer(context.settings.signing_keys())
    raw = mail(f"unsubscribe {people.unsubscribe_token(signer)}")

    class Stdin:
        buffer = io.BytesIO(raw)

    monkeypatch.setattr("sys.stdin", Stdin())
    ran = podbrief("feedback", "unsubscribe-mail")
    assert (ran.code, ran.out.strip()) == (0, "unsubscribed")
    assert status(database, people) == "unsubscribed"
    Stdin.buffer = io.BytesIO(mail("hello"))
    assert podbrief("feedback", "unsubscribe-mail").code == 3


def test_visits_and_reasons_are_counted_by_commands(people, podbrief):
    assert "nobody followed a link" in podbrief("feedback", "visits").out
    assert "nobody said why" in podbrief("feedback", "reasons").out
