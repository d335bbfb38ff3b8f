"""Answer a client's commands: what was said so far decides what may follow (RFC 5321 4.1.4).

Pure: lines in, replies out. The connection and the message content are `smtp`'s.
"""

from collections.abc import Callable
from enum import Enum, auto

from service.embedded.catcher.grammar import (
    LARGEST_MESSAGE,
    Refusal,
    Sender,
    read_recipient,
    read_sender,
)

MOST_RECIPIENTS = 100
MOST_ERRORS = 20

_EXTENSIONS = (
    "PIPELINING",
    f"SIZE {LARGEST_MESSAGE}",
    "8BITMIME",
    "SMTPUTF8",
    "AUTH PLAIN LOGIN XOAUTH2",
    "ENHANCEDSTATUSCODES",
)
_CHALLENGES = {
    b"PLAIN": ("",),
    b"XOAUTH2": ("",),
    b"LOGIN": ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"),
}
_FIXED_REPLIES = {
    b"NOOP": "250 2.0.0 Still here",
    b"VRFY": "252 2.1.5 Send a mail and see",
    b"HELP": "214 2.0.0 A mail catcher: everything is kept, nothing is relayed",
}


class Expects(Enum):
    """What the next octets of the client are."""

    COMMAND = auto()
    CONTENT = auto()  # of a message, up to CRLF.CRLF
    SIGN_IN = auto()  # an answer to an AUTH challenge
    NOTHING = auto()  # the last reply ends the connection


class Dialogue:
    """One client's commands and what they add up to."""

    def __init__(self, host_name: str) -> None:
        self.expects = Expects.COMMAND
        self.sender: Sender | None = None
        self.recipients: list[str] = []
        self._host_name = host_name
        self._errors = 0
        self._greeted = False
        self._signed_in = False
        self._challenges: tuple[str, ...] = ()
        self._verbs: dict[bytes, Callable[[bytes], str]] = {
            b"HELO": self._helo,
            b"EHLO": self._ehlo,
            b"AUTH": self._auth,
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"RSET": self._rset,
            b"QUIT": self._quit,
        }

    def reply_to(self, line: bytes) -> str:
        """Do what a line says and return the reply, without its last CRLF."""
        try:
            return self._sign_in(line) if self.expects is Expects.SIGN_IN else self._obey(line)
        except Refusal as refusal:
            return self.refused(refusal.reply)

    def refused(self, reply: str) -> str:
        """Count a refusal; the last of too many ends the connection."""
        self._errors += 1
        if self._errors < MOST_ERRORS:
            return reply
        self.expects = Expects.NOTHING
        return f"{reply}\r\n421 4.7.0 Too many errors, closing"

    def forget_mail(self) -> None:
        """Begin anew after a mail, taken or not."""
        self.sender, self.recipients = None, []
        self.expects = Expects.COMMAND

    def _obey(self, line: bytes) -> str:
        if b"\r" in line or b"\n" in line or b"\0" in line:
            raise Refusal("500 5.5.2 The line has a CR, LF or NUL that stands alone")
        verb, _, argument = line.partition(b" ")
        verb = verb.upper()
        if deed := self._verbs.get(verb):
            return deed(argument)
        if verb in _FIXED_REPLIES:
            return _FIXED_REPLIES[verb]
        raise Refusal("500 5.5.1 That is no command here")

    def _helo(self, argument: bytes) -> str:
        self._greet(argument)
        return f"250 {self._host_name}"

    def _ehlo(self, argument: bytes) -> str:
        self._greet(argument)
        lines = (self._host_name, *_EXTENSIONS)
        return "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])

    def _greet(self, argument: bytes) -> None:
        if not argument.strip():
            raise Refusal("501 5.5.4 Say your name")
        self._greeted = True
        self.forget_mail()

    def _mail(self, argument: bytes) -> str:
        if not self._greeted:
            raise Refusal("503 5.5.1 Say EHLO first")
        if self.sender is not None:
            raise Refusal("503 5.5.1 A mail has begun already")
        self.sender = read_sender(argument)
        return "250 2.1.0 Go on"

    def _rcpt(self, argument: bytes) -> str:
        if self.sender is None:
            raise Refusal("503 5.5.1 Say MAIL first")
        recipient = read_recipient(argument, utf8=self.sender.utf8)
        if len(self.recipients) >= MOST_RECIPIENTS:
            raise Refusal("452 4.5.3 Too many recipients, send the rest in another mail")
        self.recipients.append(recipient)
        return "250 2.1.5 Go on"

    def _data(self, argument: bytes) -> str:
        if argument:
            raise Refusal("501 5.5.4 DATA takes no argument")
        if not self.recipients:
            raise Refusal("503 5.5.1 Say MAIL and RCPT first")
        self.expects = Expects.CONTENT
        return "354 End with a line of one dot"

    def _rset(self, _argument: bytes) -> str:
        self.forget_mail()
        return "250 2.0.0 Forgotten"

    def _quit(self, _argument: bytes) -> str:
        self.expects = Expects.NOTHING
        return "221 2.0.0 Goodbye"

    def _auth(self, argument: bytes) -> str:
        """Take any name and password: nothing here is worth a lock, and clients want to try."""
        mechanism, _, initial = argument.partition(b" ")
        challenges = _CHALLENGES.get(mechanism.upper())
        if not self._greeted or self._signed_in or self.sender is not None:
            raise Refusal("503 5.5.1 Not now")
        if challenges is None:
            raise Refusal("504 5.5.4 That mechanism is not known here")
        self._challenges = challenges[1:] if initial else challenges
        return self._next_challenge()

    def _sign_in(self, answer: bytes) -> str:
        if answer == b"*":
            self.expects = Expects.COMMAND
            raise Refusal("501 5.7.0 Sign-in cancelled")
        return self._next_challenge()

    def _next_challenge(self) -> str:
        if self._challenges:
            self.expects = Expects.SIGN_IN
            challenge, *rest = self._challenges
            self._challenges = tuple(rest)
            return f"334 {challenge}"
        self.expects = Expects.COMMAND
        self._signed_in = True
        return "235 2.7.0 Come in"
