"""One connection to an SMTP server: connecting, opening, carrying mail, ending."""

import ssl
import time
from collections.abc import Sequence
from enum import Enum, auto
from typing import Any

from service.sending.transports.smtp_dialogue import Dialogue
from service.sending.transports.smtp_reply import (
    MalformedReplyError,
    Reply,
    ReplyReader,
    group_of,
)
from service.sending.transports.smtp_route import Security, SmtpRoute
from service.sending.transports.smtp_session import (
    BeginTls,
    NotOpenedError,
    Say,
    Session,
    open_session,
)
from service.sending.transports.smtp_timeouts import SmtpTimeouts
from service.sending.transports.smtp_wire import Octets, Wire
from service.sending.transports.wave import Wave

Address = tuple[int, tuple[Any, ...]]  # family, and what that family calls an address


class Phase(Enum):
    CONNECTING = auto()
    SHAKING_HANDS = auto()
    OPENING = auto()
    OPEN = auto()
    CLOSED = auto()


class SmtpConnection:
    """Moves octets between a socket and its dialogue, and keeps the time."""

    def __init__(
        self,
        route: SmtpRoute,
        addresses: Sequence[Address],
        timeouts: SmtpTimeouts,
        wave: Wave,
    ) -> None:
        self._route = route
        self._addresses = list(addresses)
        self._timeouts = timeouts
        self._reader = ReplyReader()
        self._opening = open_session(route)
        self._is_greeted = False
        self._wave = wave
        self._dialogue: Dialogue | None = None
        self._pending: Octets = b""
        self._stage = "connect"
        self.phase = Phase.CONNECTING
        self.deadline: float | None = None
        self.used_at = 0.0
        self.failure: NotOpenedError | None = None  # why it ended
        self.has_carried = False  # it settled a message: worth opening another in its place
        self.wire = self._next_address()

    def join(self, wave: Wave) -> None:
        """Carry messages of `wave` as soon as the session is open."""
        self._wave = wave
        if self._dialogue is not None:
            self._dialogue.join(wave)
            self.push()

    def go_on(self, *, readable: bool) -> None:
        """Do what the socket is ready for."""
        try:
            if self.phase is Phase.CONNECTING:
                self._connected()
            elif self.phase is Phase.SHAKING_HANDS:
                self._shake_hands()
            else:
                if readable or self.wire.wants_write:
                    self._read()
                self._write()
        except NotOpenedError as error:
            self._fail(error)
        except MalformedReplyError as error:
            self.end(str(error))
        except OSError as error:
            self._break(error)

    def push(self) -> None:
        """Write if it is our turn: a message may have become free, by pace or by another's end."""
        if self.phase is Phase.OPEN:
            self.go_on(readable=False)

    def expire(self) -> None:
        """The deadline has passed."""
        self._break(TimeoutError("the mail server took too long to answer"))

    def end(self, reason: str) -> None:
        """Drop the connection now; what was under way is accounted for."""
        if self.phase is Phase.CLOSED:
            return
        self.phase = Phase.CLOSED
        self.wire.close()
        self.deadline = None
        self.failure = self.failure or NotOpenedError(self._stage, reason)
        if self._dialogue is not None:
            self._dialogue.cut(reason)
            self.has_carried = self._dialogue.seasoned

    def take_leave(self) -> None:
        """Say QUIT; whatever comes of it changes nothing."""
        try:
            self.wire.send(b"QUIT\r\n")
        except OSError:
            self.end("closed")

    def is_fresh(self, now: float) -> bool:
        """Return whether a kept connection still looks alive."""
        if now - self.used_at > self._timeouts.idle:
            return False
        try:
            self._read()  # a farewell or an end, or the answer to the last RSET
        except (OSError, MalformedReplyError):
            return False
        return self.phase is Phase.OPEN

    @property
    def is_idle(self) -> bool:
        """Whether it could take a message now."""
        dialogue = self._dialogue
        return dialogue is not None and dialogue.is_idle

    @property
    def can_stay(self) -> bool:
        """Whether it may be kept for the next wave."""
        return self._dialogue is None or self._dialogue.is_between_messages

    def _next_address(self) -> Wire:
        while True:
            family, address = self._addresses.pop(0)
            self.deadline = time.monotonic() + self._timeouts.connect
            try:
                return Wire(family, address)
            except OSError:
                if not self._addresses:
                    raise

    def _connected(self) -> None:
        self.wire.finish_connecting()
        self._addresses.clear()
        if self._route.security is Security.IMPLICIT:
            self._begin_tls()
        else:
            self._follow(next(self._opening))

    def _begin_tls(self) -> None:
        self.phase, self._stage = Phase.SHAKING_HANDS, "starttls"
        self._reader = ReplyReader()  # RFC 3207 4.2 and CVE-2026-53533: nothing said before counts
        if self._route.tls is None:
            raise NotOpenedError("starttls", "TLS is switched off for this server")
        self.wire.begin_tls(self._route.tls, self._route.host)
        self._wait_for(self._timeouts.command)
        self._shake_hands()

    def _shake_hands(self) -> None:
        if not self.wire.shake_hands():
            return
        if self._is_greeted:
            self._follow(self._opening.send(Reply(0, "")))
        else:
            self._follow(next(self._opening))
        self._read()  # it may have come with the handshake's last octets

    def _follow(self, step: Say | BeginTls) -> None:
        if isinstance(step, BeginTls):
            self._begin_tls()
            return
        self.phase, self._stage = Phase.OPENING, step.stage
        self._pending = step.line
        self._wait_for(self._timeouts.command)
        self._write()

    def _read(self) -> None:
        data = self.wire.receive()
        if data is None:
            return
        reader, dialogue = self._reader, self._dialogue
        if dialogue is not None and reader.is_between_replies and (replies := group_of(data)):
            dialogue.hear_group(replies)
            if dialogue.is_broken:
                self.end(f"{replies[-1].code} {replies[-1].text}")
            return
        for reply in reader.feed(data):
            self._hear(reply)
            if self._reader is not reader:
                return  # TLS began: what came along with the 220 was not said under it
        if not data:
            raise ConnectionResetError("the mail server closed the connection")

    def _hear(self, reply: Reply) -> None:
        if self.phase is Phase.OPENING:
            self._is_greeted = True
            try:
                self._follow(self._opening.send(reply))
            except StopIteration as finished:
                self._opened(finished.value)
        elif self.phase is Phase.OPEN and self._dialogue is not None:
            self._dialogue.hear(reply)
            if self._dialogue.is_broken:
                self.end(f"{reply.code} {reply.text}")

    def _opened(self, session: Session) -> None:
        self.phase, self._stage = Phase.OPEN, "mail"
        self.deadline = None
        self._dialogue = Dialogue(session, self._wave, timeouts=self._timeouts)

    def _write(self) -> None:
        dialogue = self._dialogue
        while self.phase in (Phase.OPENING, Phase.OPEN):
            if not self._pending:
                if self.phase is Phase.OPENING or dialogue is None:
                    return
                piece = dialogue.next_slice()
                if dialogue.is_broken:
                    self.end("dropped")
                    return
                if piece is None:
                    self.wire.wants_write = False
                    self._wait_as_long_as(dialogue)
                    return
                self._pending = piece
            elif dialogue is not None and not dialogue.may_go_on():
                self.end("dropped")
                return
            sent = self.wire.send(self._pending)
            if dialogue is not None:
                dialogue.wrote(sent)
            if not sent:
                if dialogue is not None:
                    self._wait_as_long_as(dialogue)
                return
            # TLS takes a record at a time: what is left is tried again at once
            whole = sent == len(self._pending)
            self._pending = b"" if whole else memoryview(self._pending)[sent:]

    def _wait_as_long_as(self, dialogue: Dialogue) -> None:
        self.used_at = now = time.monotonic()
        self.deadline = dialogue.deadline(now)

    def _wait_for(self, seconds: float | None) -> None:
        now = time.monotonic()
        self.used_at = now
        self.deadline = None if seconds is None else now + seconds

    def _fail(self, error: NotOpenedError) -> None:
        self.failure = error
        self.end(str(error))

    def _break(self, error: OSError) -> None:
        if self.phase is Phase.CONNECTING and self._addresses:
            self.wire.close()
            try:
                self.wire = self._next_address()
            except OSError as last:
                error = last
            else:
                return
        self.end(_in_words(error))


def _in_words(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate does not hold: {error.verify_message}"
    return error.strerror or str(error) or type(error).__name__
