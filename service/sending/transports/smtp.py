"""Hand a wave over to an SMTP server: one loop, several connections, kept from wave to wave."""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence

from service.rendering.message import OutgoingMessage
from service.sending.outcome import BeforeContent, Outcome
from service.sending.transports.limiter import Limiter
from service.sending.transports.smtp_connection import Address, Phase, SmtpConnection
from service.sending.transports.smtp_route import SmtpRoute
from service.sending.transports.smtp_session import NotOpenedError
from service.sending.transports.smtp_timeouts import SmtpTimeouts
from service.sending.transports.smtp_wire import Wire
from service.sending.transports.wave import Wave


class SmtpTransport:
    """Speaks SMTP over up to `connections` connections, at most `per_second` messages a second."""

    name = "smtp"

    def __init__(
        self,
        route: SmtpRoute,
        *,
        connections: int = 1,
        per_second: float = 0,
        timeouts: SmtpTimeouts | None = None,
    ) -> None:
        self._route = route
        self._limit = connections
        self._limiter = Limiter(per_second)
        self._timeouts = timeouts or SmtpTimeouts()
        self._selector = selectors.DefaultSelector()
        self._connections: list[SmtpConnection] = []
        self._watched: dict[SmtpConnection, tuple[Wire, int, int]] = {}
        self._grain = self._timeouts.grain
        self._look_at = 0.0  # the moment to look at the deadlines again

    def hand_over(
        self, messages: Sequence[OutgoingMessage], *, before_content: BeforeContent
    ) -> Iterator[Outcome]:
        """Yield one outcome a message, each as soon as it is known."""
        wave = Wave(messages, before_content, self._limiter)
        self._look_at = 0.0
        try:
            self._gather(wave)
            while wave.unknown:
                yield from wave.known()
                self._turn(wave)
            yield from wave.known()
            wave.raise_failure()
        finally:
            wave.end()
            # Half-open connections may be of use to the next wave, half-done dialogues may not.
            for connection in list(self._connections):
                if not connection.can_stay:
                    connection.end("the hand-over was broken off")
                    self._watch(connection)

    def close(self) -> None:
        """Say QUIT on all connections, and wait for the answers a moment."""
        for connection in list(self._connections):
            if connection.phase is Phase.OPEN:
                connection.take_leave()
            else:
                connection.end("closed")
            self._watch(connection)
        until = time.monotonic() + self._timeouts.farewell
        while self._connections and (left := until - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                key.data.end("closed")
                self._watch(key.data)
        for connection in list(self._connections):
            connection.end("closed")
            self._watch(connection)

    def _gather(self, wave: Wave) -> None:
        """Bring the kept connections that still live into the wave, and open more if it helps."""
        now = time.monotonic()
        for connection in list(self._connections):
            if connection.phase is Phase.OPEN and not connection.is_fresh(now):
                connection.end("stale")
            else:
                connection.join(wave)
            self._watch(connection)
        self._open(min(self._limit, wave.unknown) - len(self._connections), wave)

    def _turn(self, wave: Wave) -> None:
        """Wait for something to happen, and follow it."""
        idle = False
        if wave.has_waiting:
            for connection in [found for found in self._connections if found.is_idle]:
                connection.push()
                self._after(connection, wave)
                idle = idle or connection.is_idle
        if not wave.unknown:
            return
        for key, ready in self._selector.select(self._sleep(wave, idle=idle)):
            key.data.go_on(readable=bool(ready & selectors.EVENT_READ))
            self._after(key.data, wave)
        if time.monotonic() >= self._look_at:
            self._look_at_deadlines(wave)

    def _look_at_deadlines(self, wave: Wave) -> None:
        now = time.monotonic()
        for connection in list(self._connections):
            if connection.deadline is not None and connection.deadline < now:
                connection.expire()
                self._after(connection, wave)
        self._look_at = now + self._grain

    def _after(self, connection: SmtpConnection, wave: Wave) -> None:
        """Keep the selector true; replace a connection that ended, or give the wave up."""
        self._watch(connection)
        if connection.phase is not Phase.CLOSED or not wave.has_waiting:
            return
        if connection.has_carried:
            self._open(1, wave)
        elif not self._connections and connection.failure is not None:
            self._give_up(wave, connection.failure)

    def _open(self, count: int, wave: Wave) -> None:
        if count <= 0:
            return
        try:
            addresses = self._resolve()
            for _ in range(count):
                connection = SmtpConnection(self._route, addresses, self._timeouts, wave)
                self._connections.append(connection)
                self._watch(connection)
        except OSError as error:
            if not self._connections:
                reason = error.strerror or str(error)
                self._give_up(wave, NotOpenedError("connect", reason))

    def _resolve(self) -> list[Address]:
        found = socket.getaddrinfo(self._route.host, self._route.port, type=socket.SOCK_STREAM)
        return [(family, address) for family, _, _, _, address in found]

    def _give_up(self, wave: Wave, failure: NotOpenedError) -> None:
        wave.give_up(failure.stage, failure.code, str(failure))

    def _sleep(self, wave: Wave, *, idle: bool) -> float:
        wait = self._look_at - time.monotonic()
        if idle:  # the pace holds them back
            wait = min(wait, wave.delay())
        return max(0.0, wait)

    def _watch(self, connection: SmtpConnection) -> None:
        """Tell the selector what this connection waits for, and forget one that is closed."""
        wire = connection.wire
        watched = self._watched.get(connection)
        if connection.phase is Phase.CLOSED:
            if watched is not None:
                self._selector.unregister(watched[1])
                del self._watched[connection]
            if connection in self._connections:
                self._connections.remove(connection)
            return
        events = selectors.EVENT_READ
        if wire.wants_write:
            events |= selectors.EVENT_WRITE
        if watched is not None and watched[0] is wire:
            if watched[2] != events:
                self._selector.modify(watched[1], events, connection)
                self._watched[connection] = (wire, watched[1], events)
            return
        if watched is not None:
            self._selector.unregister(watched[1])  # the next address of the host, on a new socket
        descriptor = wire.fileno()
        self._selector.register(descriptor, events, connection)
        self._watched[connection] = (wire, descriptor, events)
