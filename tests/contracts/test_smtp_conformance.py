"""The transport against a server that is not ours: aiosmtpd, which offers no PIPELINING."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from aiosmtpd.smtp import SMTP

from service.sending.outcome import Verdict
from service.sending.transports.smtp import SmtpTransport
from service.sending.transports.smtp_route import route_of
from service.setting_groups import SmtpSettings
from tests.factories.outgoing import long_content, message
from tests.factories.smtp_transport import send_and_close


class Shelf:
    """Keeps every envelope."""

    def __init__(self) -> None:
        self.envelopes: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.envelopes.append((envelope.rcpt_tos, envelope.original_content))
        return "250 2.0.0 kept"


@pytest.fixture
def shelf() -> Iterator[tuple[Shelf, int]]:
    kept = Shelf()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(kept, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0)
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield kept, server.sockets[0].getsockname()[1]
    asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    handlers = asyncio.all_tasks() - {asyncio.current_task()}
    for task in handlers:
        task.cancel()
    await asyncio.gather(*handlers, return_exceptions=True)


def test_mail_arrives_octet_by_octet(shelf):
    kept, port = shelf
    route = route_of(f"smtp://127.0.0.1:{port}", SmtpSettings(helo_name="client.test"))
    letters = [message(number, content=long_content(45_000)) for number in range(1, 21)]
    letters.append(message(21, recipient="zoë@bücher.example"))
    outcomes = send_and_close(SmtpTransport(route, connections=3), *letters)
    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    assert len(kept.envelopes) == 21
    by_recipient = {recipients[0]: content for recipients, content in kept.envelopes}
    assert by_recipient["p7@example.org"] == letters[6].content.wire()
    assert "zoë@xn--bcher-kva.example" in by_recipient
