"""An SMTP transport aimed at a sink, and a short way to send by it."""

from service.rendering.message import OutgoingMessage
from service.sending.outcome import Outcome, Transport
from service.sending.transports.smtp import SmtpTransport
from service.sending.transports.smtp_route import route_of
from service.sending.transports.smtp_timeouts import SmtpTimeouts
from service.setting_groups import SmtpSettings
from tests.factories.smtp_sink import SmtpSink

PATIENT = SmtpTimeouts(connect=5, command=5, content=5, after_dot=5, farewell=0.1)
IMPATIENT = SmtpTimeouts(connect=5, command=0.4, content=5, after_dot=0.4, farewell=0.1)


def transport_to(
    sink: SmtpSink,
    *,
    scheme: str = "smtp",
    login: str = "",
    host: str = "127.0.0.1",
    connections: int = 1,
    per_second: float = 0,
    timeouts: SmtpTimeouts = PATIENT,
    settings: SmtpSettings | None = None,
) -> SmtpTransport:
    url = f"{scheme}://{login}{host}:{sink.port}"
    route = route_of(url, settings or SmtpSettings(helo_name="client.test"))
    return SmtpTransport(route, connections=connections, per_second=per_second, timeouts=timeouts)


def send(transport: Transport, *letters: OutgoingMessage) -> list[Outcome]:
    return list(transport.hand_over(letters, before_content=lambda *_: True))


def send_and_close(transport: Transport, *letters: OutgoingMessage) -> list[Outcome]:
    try:
        return send(transport, *letters)
    finally:
        transport.close()
