"""An SMTP server for tests and chaos runs: takes mail, tells the truth, and fails as it is told.

It shares no code with what it tests. The faults are those of Postfix's smtp-sink, by stage:

    connect greeting ehlo starttls auth mail rcpt data body dot rset quit

    with SmtpSink() as sink:
        sink.fail("rcpt", answer(550, "5.1.1 nobody here"), times=1)
        ...
        assert [mail.recipient for mail in sink.taken] == ["ana@example.org"]

`sink.script` decides by a function instead, for seeded chaos.
"""

import asyncio
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.factories.smtp_faults import Fault
from tests.factories.smtp_visit import Mail, Visit

CERTIFICATE = Path(__file__).parent.parent / "payloads" / "tls" / "localhost.pem"
LARGEST = 64 * 1024 * 1024


@dataclass(slots=True)
class _Plan:
    stage: str
    fault: Fault
    skip: int
    times: int


Script = Callable[[str, int], Fault | None]


@dataclass
class SmtpSink:
    """Listens on 127.0.0.1 at a free port, in a thread of its own."""

    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 10485760")
    tls: str = "none"  # none, starttls, implicit
    users: dict[str, str] | None = None  # who may sign in; None: nobody is asked to
    mechanisms: str = "PLAIN LOGIN XOAUTH2"
    keep_content: bool = True
    truth: Path | None = None  # the recipient and Message-ID of each mail, before its 250
    script: Script | None = None
    taken: list[Mail] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def fail(self, stage: str, fault: Fault, *, skip: int = 0, times: int = 1_000_000) -> None:
        """Fail at `stage`, after `skip` good passes, `times` times; later plans come after."""
        self._plans.append(_Plan(stage, fault, skip, times))

    def heal(self) -> None:
        self._plans.clear()

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(10)

    def __post_init__(self) -> None:
        self._plans: list[_Plan] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._context: ssl.SSLContext | None = None
        if self.tls != "none":
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(CERTIFICATE)

    def fault_at(self, stage: str, connection: int) -> Fault | None:
        if self.script is not None:
            return self.script(stage, connection)
        for plan in self._plans:
            if plan.stage != stage or not plan.times:
                continue
            if plan.skip:
                plan.skip -= 1
                return None
            plan.times -= 1
            return plan.fault
        return None

    def _run(self, ready: threading.Event) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            runner.run(self._serve(ready))

    async def _serve(self, ready: threading.Event) -> None:
        self._stopping = asyncio.Event()
        implicit = self._context if self.tls == "implicit" else None
        server = await asyncio.start_server(
            self._welcome, "127.0.0.1", self.port, ssl=implicit, limit=LARGEST, backlog=1000
        )
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stopping.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await Visit(self, reader, writer, self.connections).serve()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass  # the other side went away, or the test is over
        finally:
            self._tasks.discard(task)
            writer.transport.abort()
