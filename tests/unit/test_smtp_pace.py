"""Pace, reuse of connections, and what the settings make of it."""

import time

import pytest
from pydantic import SecretStr

from service.config import Settings
from service.errors import ConfigurationError
from service.sending.outcome import Verdict
from service.sending.transports.build import build_transport
from service.sending.transports.limiter import Limiter
from service.sending.transports.smtp import SmtpTransport
from service.sending.transports.smtp_timeouts import SmtpTimeouts
from service.setting_groups import CatcherSettings, PostmarkSettings, SmtpSettings
from tests.factories.outgoing import message, messages
from tests.factories.smtp_faults import Fault, answer, closing, drop, silence
from tests.factories.smtp_sink import Script, SmtpSink
from tests.factories.smtp_transport import IMPATIENT, send, send_and_close, transport_to


class HandClock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_no_pace_means_no_waiting():
    limiter = Limiter(0)
    assert all(limiter.take() for _ in range(1000))
    assert limiter.delay() == 0


def test_a_pace_is_kept_over_time():
    clock = HandClock()
    limiter = Limiter(20, clock=clock)
    taken = 0
    for _ in range(1000):
        clock.now += 0.01
        taken += limiter.take()
    assert 200 <= taken <= 203


def test_a_whole_call_is_paid_for_afterwards():
    clock = HandClock()
    limiter = Limiter(10, clock=clock)
    assert limiter.take(50)
    assert not limiter.take()
    assert limiter.delay() == pytest.approx(5)


def test_a_slow_pace_spreads_a_wave():
    with SmtpSink() as sink:
        transport = transport_to(sink, connections=3, per_second=40)
        began = time.monotonic()
        outcomes = send(transport, *messages(13))
        took = time.monotonic() - began
        transport.close()
    assert len(outcomes) == 13
    assert took > 0.15  # 4 at once, then 9 at 40 a second


def test_connections_are_kept_from_wave_to_wave():
    with SmtpSink() as sink:
        transport = transport_to(sink, connections=3, timeouts=SmtpTimeouts(farewell=0.1))
        for _ in range(4):
            assert len(send(transport, *messages(30))) == 30
        assert sink.connections == 3
        transport.close()
        assert "QUIT" in sink.commands


def test_a_kept_connection_the_server_closed_is_replaced_unnoticed():
    with SmtpSink() as sink:
        transport = transport_to(sink)
        send(transport, message(1))
        sink.fail("mail", closing(), times=1)
        (outcome,) = send(transport, message(2))
        assert outcome.verdict is Verdict.ACCEPTED
        transport.close()
    with SmtpSink(port=sink.port) as again:
        transport = transport_to(again)
        send(transport, message(1))
        again.stop()
        (outcome,) = send(transport, message(2))
        assert (outcome.verdict, outcome.stage) == (Verdict.DEFERRED, "connect")


def test_a_connection_idle_too_long_is_not_trusted():
    with SmtpSink() as sink:
        transport = transport_to(sink, timeouts=SmtpTimeouts(idle=0, farewell=0.05))
        send(transport, message(1))
        send(transport, message(2))
        transport.close()
        assert sink.connections == 2


def test_a_server_that_takes_few_connections_still_gets_all_mail():
    with SmtpSink(script=_only_the_first_two) as sink:
        transport = transport_to(sink, connections=5)
        outcomes = send(transport, *messages(50))
        transport.close()
        assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
        assert len(sink.taken) == 50


def test_a_server_that_takes_few_messages_a_connection_gets_all_mail():
    with SmtpSink(script=_three_each()) as sink:
        transport = transport_to(sink, connections=2)
        outcomes = send(transport, *messages(20))
        transport.close()
        assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
        assert len(sink.taken) == 20


def test_a_server_that_dies_at_every_dot_leaves_few_in_doubt():
    with SmtpSink() as sink:
        sink.fail("dot", drop())
        outcomes = send_and_close(transport_to(sink, connections=4), *messages(100))
        in_doubt = [outcome for outcome in outcomes if outcome.verdict is Verdict.IN_DOUBT]
        assert len(outcomes) == 100
        assert len(in_doubt) <= 4, "at most one a connection"


def test_one_silent_connection_does_not_hold_up_the_others():
    with SmtpSink(script=lambda stage, n: silence() if (stage, n) == ("dot", 1) else None) as sink:
        impatient = transport_to(sink, connections=3, timeouts=IMPATIENT)
        outcomes = send_and_close(impatient, *messages(30))
        assert [outcome.verdict for outcome in outcomes].count(Verdict.IN_DOUBT) == 1
        assert len(sink.taken) == 29


def test_a_dead_host_defers_the_whole_wave_at_once():
    with SmtpSink() as sink:
        port = sink.port
    sink.port = port
    outcomes = send_and_close(transport_to(sink, connections=8), *messages(20))
    assert {(outcome.verdict, outcome.blame) for outcome in outcomes} == {("deferred", "route")}


def test_each_address_of_a_host_is_tried():
    with SmtpSink() as sink:  # listens on 127.0.0.1, where localhost may mean ::1 first
        (outcome,) = send_and_close(transport_to(sink, host="localhost"), message())
        assert outcome.verdict is Verdict.ACCEPTED


def test_a_host_name_that_does_not_resolve_defers_the_wave():
    with SmtpSink() as sink:
        outcomes = send_and_close(transport_to(sink, host="no-such-host.invalid"), *messages(2))
    assert {(outcome.stage, outcome.blame) for outcome in outcomes} == {("connect", "route")}


@pytest.mark.parametrize(("share", "connections"), [(1, 8), (3, 2), (20, 1)])
def test_connections_are_shared_among_workers(share, connections):
    with SmtpSink() as sink:
        url = SecretStr(f"smtp://127.0.0.1:{sink.port}")
        settings = Settings(smtp=SmtpSettings(url=url, max_connections=8))
        outcomes = send_and_close(build_transport(settings, share=share), *messages(60))
        assert len(outcomes) == 60
        assert sink.connections <= connections


def test_without_a_server_mail_goes_to_the_catcher():
    settings = Settings(catcher=CatcherSettings(host="0.0.0.0", smtp_port=2601))
    transport = build_transport(settings)
    assert isinstance(transport, SmtpTransport)
    assert (transport._route.host, transport._route.port) == ("127.0.0.1", 2601)
    transport.close()


def test_a_postmark_token_chooses_postmark():
    transport = build_transport(Settings(postmark=PostmarkSettings(token=SecretStr("x"))))
    assert transport.name == "postmark"
    transport.close()


def test_a_wrong_url_is_said_when_the_transport_is_built():
    settings = Settings(smtp=SmtpSettings(url=SecretStr("mail.example.org:25")))
    with pytest.raises(ConfigurationError, match="PODBRIEF_SMTP_URL"):
        build_transport(settings)


def _only_the_first_two(stage: str, connection: int) -> Fault | None:
    return (
        answer(421, "4.7.0 too many", drop=True) if stage == "greeting" and connection > 2 else None
    )


def _three_each() -> Script:
    counts: dict[int, int] = {}

    def script(stage, connection):
        if stage != "mail":
            return None
        counts[connection] = counts.get(connection, 0) + 1
        return closing("4.7.0 enough for one visit") if counts[connection] > 3 else None

    return script
