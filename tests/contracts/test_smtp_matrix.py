"""Every stage of an SMTP dialogue, every kind of answer and break: the state is that of the table.

"Known not sent" means: the sink's own record shows nothing, and the same transport brings the
message through once the sink is well again.
"""

from itertools import product

import pytest

from service.rendering.message import OutgoingMessage
from service.sending.outcome import Blame, Verdict
from service.sending.transports.smtp import SmtpTransport
from service.sending.transports.smtp_timeouts import SmtpTimeouts
from tests.factories.outgoing import long_content, message, messages
from tests.factories.smtp_faults import (
    Fault,
    answer,
    closing,
    drop,
    garbage,
    reset,
    silence,
    split,
    take_then_drop,
)
from tests.factories.smtp_sink import CERTIFICATE, SmtpSink
from tests.factories.smtp_transport import IMPATIENT, PATIENT, send, transport_to

USERS = {"ana": "s3cret"}
PIPELINING = ("PIPELINING", "SIZE 10485760")
LOCK_STEP = ("SIZE 10485760",)
BREAKS = {"drop": drop(), "reset": reset(), "silence": silence(), "garbage": garbage(b"boo\r\n")}

DEFERRED, FAILED, IN_DOUBT = Verdict.DEFERRED, Verdict.FAILED, Verdict.IN_DOUBT


def check(
    sink: SmtpSink,
    transport: SmtpTransport,
    verdict: Verdict,
    blame: Blame,
    stage: str,
    *,
    letter: OutgoingMessage | None = None,
) -> None:
    """Send one message into the fault and judge; then heal the sink and send it again."""
    letter = letter or message()
    (outcome,) = send(transport, letter)
    assert (outcome.verdict, outcome.blame) == (verdict, blame)
    assert outcome.stage in stage.split("|")
    if verdict is not IN_DOUBT:
        assert sink.taken == []
        sink.heal()
        (again,) = send(transport, letter)
        assert again.verdict is Verdict.ACCEPTED
        assert len(sink.taken) == 1
    transport.close()


@pytest.mark.parametrize(
    ("stage", "fault"),
    [
        *product(["greeting", "ehlo", "starttls", "auth"], [*BREAKS]),
        *product(["greeting", "ehlo", "starttls", "auth"], [421, 450, 454, 550, 554]),
        ("connect", "drop"),
        ("connect", "reset"),
        ("ehlo", 502),
        ("auth", 535),
    ],
)
def test_a_session_that_cannot_be_opened_is_the_routes_fault(stage, fault, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    tls, scheme = ("starttls", "smtp+starttls") if stage == "starttls" else ("none", "smtp")
    with SmtpSink(tls=tls, users=USERS) as sink:
        sink.fail(stage, _fault(fault))
        if (stage, fault) == ("ehlo", 502):
            sink.fail("helo", answer(502, "nor that"))
        # A reset may overtake the news that the connection stands.
        expected = "connect|greeting" if stage in {"connect", "greeting"} else stage
        transport = transport_to(
            sink, scheme=scheme, login="ana:s3cret@", timeouts=_patience(fault)
        )
        check(sink, transport, DEFERRED, Blame.ROUTE, expected)


REFUSALS = [
    ("mail", "450 4.7.1 slow down", DEFERRED, Blame.SENDER),
    ("mail", "451 4.3.0 try later", DEFERRED, Blame.ROUTE),
    ("mail", "452 4.3.1 no room", DEFERRED, Blame.ROUTE),
    ("mail", "501 5.1.7 bad sender", DEFERRED, Blame.SENDER),
    ("mail", "530 5.7.0 sign in first", DEFERRED, Blame.ROUTE),
    ("mail", "550 5.7.1 not you", DEFERRED, Blame.SENDER),
    ("mail", "552 5.3.4 too big", FAILED, Blame.MESSAGE),
    ("mail", "553 sender rejected", DEFERRED, Blame.SENDER),
    ("mail", "554 no", DEFERRED, Blame.SENDER),
    ("rcpt", "450 4.2.1 busy", DEFERRED, Blame.MAILBOX),
    ("rcpt", "451 4.7.1 Greylisting in action", DEFERRED, Blame.MAILBOX),
    ("rcpt", "450 4.7.28 unusual rate of mail", DEFERRED, Blame.SENDER),
    ("rcpt", "452 4.2.2 full", DEFERRED, Blame.MAILBOX),
    ("rcpt", "452 4.5.3 too many", DEFERRED, Blame.MAILBOX),
    ("rcpt", "550 5.1.1 nobody here", FAILED, Blame.ADDRESS),
    ("rcpt", "550 5.1.2 no such domain", FAILED, Blame.ADDRESS),
    ("rcpt", "550 5.1.10 no such recipient", FAILED, Blame.ADDRESS),
    ("rcpt", "550 5.2.1 switched off", FAILED, Blame.MAILBOX),
    ("rcpt", "550 5.7.1 policy", FAILED, Blame.SENDER),
    ("rcpt", "550 5.7.515 not authenticated", FAILED, Blame.SENDER),
    ("rcpt", "550 No such user", FAILED, Blame.ADDRESS),
    ("rcpt", "550 blocked, see blacklist", FAILED, Blame.SENDER),
    ("rcpt", "551 user not local", FAILED, Blame.ADDRESS),
    ("rcpt", "552 too many recipients", DEFERRED, Blame.MAILBOX),
    ("rcpt", "552 5.2.2 mailbox full", DEFERRED, Blame.MAILBOX),
    ("rcpt", "553 5.1.3 bad address", FAILED, Blame.ADDRESS),
    ("rcpt", "554 no", FAILED, Blame.SENDER),
    ("data", "450 4.2.0 later", DEFERRED, Blame.MAILBOX),
    ("data", "451 4.3.0 queue trouble", DEFERRED, Blame.ROUTE),
    ("data", "550 5.7.1 policy", FAILED, Blame.SENDER),
    ("data", "552 5.3.4 too big", FAILED, Blame.MESSAGE),
    ("data", "554 no valid recipients", FAILED, Blame.SENDER),
    ("dot", "450 4.2.0 later", DEFERRED, Blame.MAILBOX),
    ("dot", "451 4.3.0 scanner down", DEFERRED, Blame.ROUTE),
    ("dot", "452 4.2.2 full", DEFERRED, Blame.MAILBOX),
    ("dot", "550 5.1.1 nobody here", FAILED, Blame.ADDRESS),
    ("dot", "550 5.2.2 full", DEFERRED, Blame.MAILBOX),
    ("dot", "550 5.6.0 bad content", FAILED, Blame.MESSAGE),
    ("dot", "550 5.7.1 spam", FAILED, Blame.SENDER),
    ("dot", "552 too big", FAILED, Blame.MESSAGE),
    ("dot", "554 looks like spam", FAILED, Blame.SENDER),
]


@pytest.mark.parametrize("offers", [PIPELINING, LOCK_STEP], ids=["pipelining", "lock step"])
@pytest.mark.parametrize(("stage", "reply", "verdict", "blame"), REFUSALS)
def test_a_refusal_is_judged_by_its_stage(stage, reply, verdict, blame, offers):
    with SmtpSink(extensions=offers) as sink:
        sink.fail(stage, answer(int(reply[:3]), reply[4:]))
        check(sink, transport_to(sink), verdict, blame, stage)
        assert sink.connections == 1, "a refusal must not cost the connection"


@pytest.mark.parametrize("offers", [PIPELINING, LOCK_STEP], ids=["pipelining", "lock step"])
@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("fault", [421, *BREAKS])
def test_a_break_before_the_content_is_known_not_sent(stage, fault, offers):
    with SmtpSink(extensions=offers) as sink:
        sink.fail(stage, _fault(fault))
        transport = transport_to(sink, timeouts=_patience(fault))
        check(sink, transport, DEFERRED, Blame.ROUTE, stage)


@pytest.mark.parametrize("fault", [421, 550, *BREAKS])
def test_a_break_within_the_content_is_known_not_sent(fault):
    # More than the kernel's buffers hold, so that the last slice waits for room.
    patience = SmtpTimeouts(content=0.5 if fault == "silence" else 30, farewell=0.1)
    with SmtpSink(extensions=("PIPELINING",)) as sink:
        sink.fail("body", _fault(fault))
        letter = message(content=long_content(20_000_000))
        transport = transport_to(sink, timeouts=patience)
        check(sink, transport, DEFERRED, Blame.ROUTE, "body", letter=letter)


@pytest.mark.parametrize("offers", [PIPELINING, LOCK_STEP], ids=["pipelining", "lock step"])
@pytest.mark.parametrize(
    "fault", [421, *BREAKS, "taken, then dropped", "taken, then reset", "354", "half a reply"]
)
def test_a_break_after_the_dot_is_in_doubt(fault, offers):
    faults = {
        "taken, then dropped": take_then_drop(),
        "taken, then reset": Fault(take=True, reset=True),
        "354": answer(354, "more?"),
        "half a reply": Fault(reply=b"250 o", drop=True),
    }
    with SmtpSink(extensions=offers) as sink:
        sink.fail("dot", faults[fault] if fault in faults else _fault(fault))
        transport = transport_to(sink, timeouts=_patience(fault))
        check(sink, transport, IN_DOUBT, Blame.ROUTE, "dot")
        assert len(sink.taken) == (1 if str(fault).startswith("taken") else 0)


@pytest.mark.parametrize(
    "fault",
    [split(), Fault(delay=0.02), answer(250, "2.0.0 first line\n2.0.0 second line", take=True)],
    ids=["split", "late", "several lines"],
)
@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt", "data", "dot"])
def test_a_strange_but_rightful_answer_is_understood(stage, fault):
    if fault.reply and stage in {"greeting", "ehlo", "data"}:
        codes = {"greeting": (220, "a\nb"), "ehlo": (250, "x\nSIZE"), "data": (354, "a\nb")}
        fault = answer(*codes[stage])
    with SmtpSink() as sink:
        sink.fail(stage, fault)
        outcomes = send(transport := transport_to(sink), *messages(2))
        assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED] * 2
        assert len(sink.taken) == 2
        transport.close()


@pytest.mark.parametrize("fault", [drop(), reset(), answer(500, "no"), garbage(b"?\r\n")])
def test_what_goes_wrong_in_quit_changes_nothing(fault):
    with SmtpSink() as sink:
        sink.fail("quit", fault)
        transport = transport_to(sink)
        outcomes = send(transport, message())
        transport.close()
        assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED]


@pytest.mark.parametrize("fault", [drop(), reset(), closing()])
def test_a_connection_that_ends_after_a_250_has_delivered(fault):
    """The break comes with the next message's MAIL, which is tried again over a new connection."""
    with SmtpSink() as sink:
        sink.fail("mail", fault, skip=1, times=1)
        outcomes = send(transport := transport_to(sink), *messages(3))
        assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED] * 3
        assert [mail.recipient[:2] for mail in sink.taken] == ["p1", "p2", "p3"]
        assert sink.connections == 2
        transport.close()


def test_354_after_a_refused_recipient_is_answered_with_a_lone_dot():
    with SmtpSink() as sink:
        sink.fail("rcpt", answer(550, "5.1.1 nobody here"), times=1)
        sink.fail("data-anyway", answer(354, "go ahead"))
        refused, taken = send(transport := transport_to(sink), *messages(2))
        assert (refused.verdict, refused.blame) == (FAILED, Blame.ADDRESS)
        assert taken.verdict is Verdict.ACCEPTED
        assert [mail.recipient for mail in sink.taken] == ["p2@example.org"]
        assert sink.connections == 1
        transport.close()


def _fault(name: object) -> Fault:
    if isinstance(name, int):
        return answer(name, "as planned", drop=name == 421)
    return BREAKS[str(name)]


def _patience(fault: object) -> SmtpTimeouts:
    return IMPATIENT if fault == "silence" else PATIENT
