"""Run the mail catcher: its SMTP server and its inbox page in one process, until asked to stop."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn

from service.clock import SystemClock
from service.config import Settings
from service.embedded.catcher.pages import inbox_app
from service.embedded.catcher.ports import Ports, forget_ports, write_ports
from service.embedded.catcher.smtp import Reception
from service.embedded.catcher.values import ReceivedMail
from service.embedded.catcher.writer import Writer
from service.errors import ConfigurationError
from service.log import log

BACKLOG = 512
SWEEP_SECONDS = 30.0
PAGE_STOP_SECONDS = 3


def serve(settings: Settings) -> None:
    """Take mail and show it until SIGTERM or SIGINT; what was answered with 250 is kept.

    Raises `ConfigurationError` when a port is taken, `UnavailableError` when the store is.
    """
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    host = settings.catcher.host
    forget_ports(settings.home)
    with (
        _listening(host, settings.catcher.smtp_port, "PODBRIEF_CATCHER_SMTP_PORT") as smtp_socket,
        _listening(host, settings.catcher.inbox_port, "PODBRIEF_CATCHER_INBOX_PORT") as page_socket,
    ):
        ports = Ports(smtp=smtp_socket.getsockname()[1], inbox=page_socket.getsockname()[1])
        stop = _stop_asked_for()
        writer = Writer(settings.home)
        async with (
            _taking_mail(writer, smtp_socket),
            _showing_mail(settings, writer, page_socket),
        ):
            write_ports(settings.home, ports)
            log.info("catcher_ready", host=host, smtp_port=ports.smtp, inbox_port=ports.inbox)
            await stop.wait()
            forget_ports(settings.home)
    log.info("catcher_stopped")


@contextlib.asynccontextmanager
async def _taking_mail(writer: Writer, listener: socket.socket) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()

    def deliver(mail: ReceivedMail, kept: Callable[[bool], None]) -> None:
        writer.put(mail, lambda answer: _tell(loop, kept, answer))

    reception = Reception(deliver=deliver, clock=SystemClock(), host_name="localhost")
    server = await loop.create_server(reception.session, sock=listener, backlog=BACKLOG)
    writer.start()
    sweeping = asyncio.create_task(_sweep(reception))
    try:
        yield
    finally:
        sweeping.cancel()
        server.close()
        reception.close_all()
        await asyncio.to_thread(writer.stop)
        await asyncio.sleep(0)  # the last answers, which the writer has just handed to this loop
        reception.close_all()


def _tell(loop: asyncio.AbstractEventLoop, kept: Callable[[bool], None], answer: bool) -> None:  # noqa: FBT001 - passed through
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
        loop.call_soon_threadsafe(kept, answer)


async def _sweep(reception: Reception) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        reception.close_idle(asyncio.get_running_loop().time())


@contextlib.asynccontextmanager
async def _showing_mail(
    settings: Settings, writer: Writer, listener: socket.socket
) -> AsyncIterator[None]:
    config = uvicorn.Config(
        inbox_app(settings, after_clearing=writer.tidy_soon),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=PAGE_STOP_SECONDS,
        backlog=BACKLOG,
    )
    server = _PageServer(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


class _PageServer(uvicorn.Server):
    """Leaves the signals to us: the mail has to be put away as well."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listening(host: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"the mail catcher cannot listen on {host} port {port} ({error.strerror}). "
            f"Stop what uses it, or set {setting} to another port"
        ) from error


def _stop_asked_for() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
