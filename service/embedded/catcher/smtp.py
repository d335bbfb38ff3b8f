"""Speak SMTP with one client: take a mail, and say so only when it is kept.

Replies to pipelined commands leave together in one write. A mail's reply waits for the writer's
commit, and so does everything the client sent after it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from service.clock import Clock
from service.embedded.catcher.dialogue import Dialogue, Expects
from service.embedded.catcher.grammar import LARGEST_MESSAGE, fault_in
from service.embedded.catcher.values import ReceivedMail

READ_BYTES = 1_000_000
LONGEST_COMMAND = 12_288  # RFC 4954 section 4: AUTH may need that much
MOST_SESSIONS = 500
IDLE_SECONDS = 300.0

_DOT = b"\r\n."
_END = b"\r\n.\r\n"

Deliver = Callable[[ReceivedMail, Callable[[bool], None]], None]
"""Keep a mail; the callback, called in the event loop, says whether it is kept."""


@dataclass(slots=True, kw_only=True)
class Reception:
    """What all sessions of one catcher share."""

    deliver: Deliver
    clock: Clock
    host_name: str
    sessions: set["SmtpSession"] = field(default_factory=set)
    # Every session reads through one block: what was read is taken out before the next read.
    block: memoryview = field(default_factory=lambda: memoryview(bytearray(READ_BYTES)))

    def session(self) -> "SmtpSession":
        return SmtpSession(self)

    def close_idle(self, now: float) -> None:
        for session in list(self.sessions):
            if now - session.last_heard > IDLE_SECONDS:
                session.dismiss("421 4.4.2 Nothing heard for long, closing")

    def close_all(self) -> None:
        for session in list(self.sessions):
            session.dismiss("421 4.3.2 The catcher is stopping")


class SmtpSession(asyncio.BufferedProtocol):
    """One client's connection, from greeting to QUIT."""

    def __init__(self, reception: Reception) -> None:
        self.last_heard = 0.0
        self._reception = reception
        self._dialogue = Dialogue(reception.host_name)
        self._transport: asyncio.Transport
        self._input = bytearray()
        self._searched = 0  # no end of the message begins before this
        self._is_stuffed = False  # the message has a line that begins with a dot
        self._discarding = False  # the message or line is too long: its octets are dropped
        self._writing_down = False  # the last mail is with the writer: take nothing more until then
        self._replies: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_server gives
        self._transport = transport
        self.last_heard = asyncio.get_running_loop().time()
        if len(self._reception.sessions) >= MOST_SESSIONS:
            self.dismiss("421 4.3.2 Too many connections, come again later")
        else:
            self._reception.sessions.add(self)
            self._replies.append(f"220 {self._reception.host_name} ESMTP podbrief mail catcher")
            self._answer()

    def connection_lost(self, _error: Exception | None) -> None:
        self._dialogue.expects = Expects.NOTHING
        self._reception.sessions.discard(self)

    def get_buffer(self, _hint: int) -> memoryview:
        return self._reception.block

    def buffer_updated(self, count: int) -> None:
        self.last_heard = asyncio.get_running_loop().time()
        self._input += self._reception.block[:count]
        self._proceed()
        if self._writing_down and len(self._input) > READ_BYTES:
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        self._transport.pause_reading()  # who does not read our replies is not read either

    def resume_writing(self) -> None:
        self._transport.resume_reading()

    def dismiss(self, reply: str) -> None:
        """Close the connection with a last word, unless a mail is just being written down."""
        if not self._writing_down:
            self._replies.append(reply)
            self._dialogue.expects = Expects.NOTHING
            self._answer()

    def _proceed(self) -> None:
        """Take what came, piece by piece, then answer all of it at once."""
        taken = True
        while taken and not self._writing_down:
            match self._dialogue.expects:
                case Expects.NOTHING:
                    taken = False
                case Expects.CONTENT:
                    taken = self._take_content()
                case _:
                    taken = self._take_line()
        self._answer()

    def _take_line(self) -> bool:
        end = self._input.find(b"\r\n")
        if max(end, len(self._input) if end < 0 else 0) > LONGEST_COMMAND:
            self._discarding = True
            # A CR at the very end may be half of the line's end.
            del self._input[: end if end >= 0 else -1]
            end = min(end, 0)
        if end < 0:
            return False
        line = bytes(self._input[:end])
        del self._input[: end + 2]
        if self._discarding:
            self._discarding = False
            self._refuse("500 5.5.2 The line is too long")
            return True
        self._replies.append(self._dialogue.reply_to(line))
        if self._dialogue.expects is Expects.CONTENT:
            self._begin_content()
        return True

    def _begin_content(self) -> None:
        if self._input:
            # RFC 2920 3.1: DATA ends a group; who goes on before the 354 may be smuggling.
            self._replies.pop()
            self.dismiss("554 5.5.0 Octets came before the 354, closing")
            return
        self._input += b"\r\n"  # the end of the DATA line: a message of one dot ends like any other
        self._searched = 0
        self._is_stuffed = False

    def _take_content(self) -> bool:
        """Take the message when its end has come; only CRLF.CRLF is one (RFC 5321 4.1.1.4)."""
        end = self._end_of_content()
        if end is None:
            self._discarding |= len(self._input) > LARGEST_MESSAGE + READ_BYTES
            if self._discarding:
                del self._input[: -len(_END)]
                self._searched = 0
            return False
        with memoryview(self._input) as octets:
            content = bytes(octets[: end + 2])
        del self._input[: end + len(_END)]
        if self._is_stuffed:
            content = content.replace(_DOT, b"\r\n")
        self._receive(content[2:])
        return True

    def _end_of_content(self) -> int | None:
        """Look for the end where no look was taken yet, and note lines with a stuffed dot."""
        while (found := self._input.find(_DOT, self._searched)) >= 0:
            following = self._input[found + len(_DOT) : found + len(_END)]
            if following == b"\r\n":
                return found
            self._searched = found
            if b"\r\n".startswith(following):
                return None  # the next octets will tell
            self._is_stuffed = True
            self._searched += len(_DOT)
        self._searched = max(self._searched, len(self._input) - len(_DOT) + 1)
        return None

    def _receive(self, content: bytes) -> None:
        sender, recipients = self._dialogue.sender, tuple(self._dialogue.recipients)
        self._dialogue.forget_mail()
        if self._discarding or len(content) > LARGEST_MESSAGE:
            self._discarding = False
            self._refuse(f"552 5.3.4 The message is larger than {LARGEST_MESSAGE} octets")
        elif fault := fault_in(content):
            self._refuse(fault)
        elif sender is not None:
            self._writing_down = True
            mail = ReceivedMail(
                envelope_from=sender.address,
                recipients=recipients,
                content=content,
                received_at=self._reception.clock.now(),
            )
            self._reception.deliver(mail, self._kept)

    def _kept(self, kept: bool) -> None:  # noqa: FBT001 - the one thing a callback says
        self._writing_down = False
        self.last_heard = asyncio.get_running_loop().time()
        self._replies.append(
            "250 2.0.0 Kept" if kept else "452 4.3.1 Cannot write it down, try again later"
        )
        self._proceed()
        self._transport.resume_reading()

    def _refuse(self, reply: str) -> None:
        self._replies.append(self._dialogue.refused(reply))

    def _answer(self) -> None:
        if self._replies and not self._transport.is_closing():
            self._transport.write("".join(f"{reply}\r\n" for reply in self._replies).encode())
        self._replies.clear()
        if self._dialogue.expects is Expects.NOTHING:
            self._transport.close()
