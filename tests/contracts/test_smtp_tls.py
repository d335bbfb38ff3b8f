"""TLS and sign-in: what is asked for is kept, and no password travels in the clear."""

import pytest

from service.errors import ConfigurationError
from service.sending.outcome import Blame, Verdict
from service.sending.transports.smtp_reply import Reply
from service.sending.transports.smtp_route import Security, SmtpRoute, route_of
from service.sending.transports.smtp_session import NotOpenedError, Say, open_session
from service.setting_groups import SmtpSettings
from tests.factories.outgoing import long_content, message, messages
from tests.factories.smtp_faults import answer, garbage
from tests.factories.smtp_sink import CERTIFICATE, SmtpSink
from tests.factories.smtp_transport import send, send_and_close, transport_to

USERS = {"ana": "s3cret@/ö"}
LOGIN = "ana:s3cret%40%2F%C3%B6@"


@pytest.fixture
def trusted(monkeypatch):
    """Let this machine trust the sink's certificate, as it would a private authority's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.mark.parametrize(("scheme", "tls"), [("smtps", "implicit"), ("smtp+starttls", "starttls")])
def test_mail_travels_under_tls(scheme, tls, trusted):
    with SmtpSink(tls=tls) as sink:
        transport = transport_to(sink, scheme=scheme, connections=2)
        letters = [message(number, content=long_content(45_000)) for number in range(1, 31)]
        for _ in range(2):
            outcomes = send(transport, *letters)
            assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
        transport.close()
        assert len(sink.taken) == 60
        assert all(mail.secure for mail in sink.taken)
        assert all(mail.content == letters[0].content.wire() for mail in sink.taken)
        assert sink.connections == 2


def test_content_larger_than_every_buffer_passes_through_tls(trusted):
    with SmtpSink(tls="implicit") as sink:
        transport = transport_to(sink, scheme="smtps")
        content = long_content(8_000_000)
        (outcome,) = send(transport, message(content=content))
        transport.close()
        assert outcome.verdict is Verdict.ACCEPTED
        assert sink.taken[0].content == content.octets


@pytest.mark.parametrize(("scheme", "tls"), [("smtps", "implicit"), ("smtp+starttls", "starttls")])
def test_a_certificate_nobody_vouches_for_stops_the_route(scheme, tls):
    with SmtpSink(tls=tls) as sink:
        (outcome,) = send_and_close(transport_to(sink, scheme=scheme), message())
        assert (outcome.verdict, outcome.blame, outcome.stage) == (
            Verdict.DEFERRED,
            Blame.ROUTE,
            "starttls",
        )
        assert "certificate" in outcome.reply
        assert sink.taken == []


def test_a_certificate_for_another_name_stops_the_route(trusted):
    with SmtpSink(tls="implicit") as sink:
        transport = transport_to(sink, scheme="smtps", host="127.0.0.2")
        (outcome,) = send(transport, message())
        assert outcome.blame is Blame.ROUTE
        assert sink.taken == []


def test_the_certificate_check_can_be_switched_off():
    settings = SmtpSettings(helo_name="client.test", verify_certificate=False)
    with SmtpSink(tls="implicit") as sink:
        transport = transport_to(sink, scheme="smtps", settings=settings)
        (outcome,) = send(transport, message())
        transport.close()
        assert outcome.verdict is Verdict.ACCEPTED


def test_required_starttls_is_never_downgraded():
    with SmtpSink(tls="none") as sink:
        (outcome,) = send_and_close(transport_to(sink, scheme="smtp+starttls"), message())
        assert (outcome.stage, outcome.blame) == ("starttls", Blame.ROUTE)
        assert "STARTTLS" in outcome.reply
        assert sink.taken == []
        assert not any(command.startswith("MAIL") for command in sink.commands)


@pytest.mark.parametrize("run", range(5))  # the handshake may end within the very same turn
def test_what_was_said_before_tls_is_forgotten(run, trusted):
    """Injected behind the 220 (CVE-2026-53533): it must not answer anything said under TLS."""
    with SmtpSink(tls="starttls") as sink:
        injected = b"220 go ahead\r\n250-evil\r\n250 AUTH PLAIN\r\n"
        sink.fail("starttls", garbage(injected))
        transport = transport_to(sink, scheme="smtp+starttls")
        (outcome,) = send(transport, message())
        transport.close()
        assert outcome.verdict is Verdict.ACCEPTED
        assert sink.taken[0].secure


@pytest.mark.parametrize("mechanism", ["auto", "plain", "login", "xoauth2"])
def test_each_sign_in_works(mechanism):
    settings = SmtpSettings(helo_name="client.test", auth=mechanism)
    with SmtpSink(users=USERS) as sink:
        transport = transport_to(sink, login=LOGIN, settings=settings)
        outcomes = send(transport, *messages(2))
        transport.close()
        assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
        assert {mail.user for mail in sink.taken} == {"ana"}


@pytest.mark.parametrize("mechanism", ["plain", "login", "xoauth2"])
def test_a_refused_sign_in_stops_the_route_and_keeps_the_secret(mechanism):
    settings = SmtpSettings(helo_name="client.test", auth=mechanism)
    with SmtpSink(users={"ana": "another"}) as sink:
        transport = transport_to(sink, login=LOGIN, settings=settings)
        (outcome,) = send(transport, message())
        assert (outcome.stage, outcome.code, outcome.blame) == ("auth", 535, Blame.ROUTE)
        assert "s3cret" not in repr(outcome)


def test_a_sign_in_the_server_does_not_offer_is_said_so():
    settings = SmtpSettings(helo_name="client.test", auth="plain")
    with SmtpSink(users=USERS, mechanisms="CRAM-MD5") as sink:
        (outcome,) = send_and_close(transport_to(sink, login=LOGIN, settings=settings), message())
        assert outcome.stage == "auth"
        assert "CRAM-MD5" in outcome.reply


def test_no_password_travels_in_the_clear():
    route = SmtpRoute(
        host="mail.example.org",
        port=25,
        security=Security.OPPORTUNISTIC,
        helo_name="client.test",
        user="ana",
        password="s3cret",
    )
    opening = open_session(route)
    assert next(opening) == Say("greeting")
    assert opening.send(Reply(220, "hello")) == Say("ehlo", b"EHLO client.test\r\n")
    with pytest.raises(NotOpenedError, match="not sent over plain text"):
        opening.send(Reply(250, "mail.example.org\nAUTH PLAIN LOGIN"))


def test_a_relay_that_offers_tls_is_never_used_without():
    route = SmtpRoute(
        host="mail.example.org",
        port=25,
        security=Security.OPPORTUNISTIC,
        helo_name="client.test",
    )
    opening = open_session(route)
    next(opening)
    opening.send(Reply(220, "hello"))
    assert opening.send(Reply(250, "x\nSTARTTLS")) == Say("starttls", b"STARTTLS\r\n")
    with pytest.raises(NotOpenedError):
        opening.send(Reply(454, "4.7.0 not now"))


def test_an_old_server_is_greeted_with_helo():
    with SmtpSink() as sink:
        sink.fail("ehlo", answer(500, "what?"))
        transport = transport_to(sink)
        assert send(transport, message())[0].verdict is Verdict.ACCEPTED
        assert "HELO client.test" in sink.commands
        transport.close()


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://mail.example.org:99999",
        "smtp://ana@mail.example.org",
        "smtp://ana:pass#word@mail.example.org:25",
        "smtp://mail.example.org/inbox",
    ],
)
def test_an_url_that_says_too_little_is_refused_with_an_example(url):
    with pytest.raises(ConfigurationError, match="PODBRIEF_SMTP_URL"):
        route_of(url, SmtpSettings(helo_name="client.test"))


def test_an_url_names_host_port_and_login():
    route = route_of("smtps://a%40b:c%3Ad@mail.example.org", SmtpSettings(helo_name="client.test"))
    assert (route.host, route.port) == ("mail.example.org", 465)
    assert (route.user, route.password) == ("a@b", "c:d")
    assert "c:d" not in repr(route)


def test_a_helo_name_cannot_smuggle_a_command():
    with pytest.raises(ConfigurationError, match="HELO"):
        route_of("smtp://localhost", SmtpSettings(helo_name="a\r\nMAIL FROM:<x>"))
