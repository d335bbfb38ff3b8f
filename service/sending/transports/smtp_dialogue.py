"""The mail part of one SMTP connection, without its socket: replies in, bytes out.

The last slice of a message, which mostly is all of it, goes out in one write with the lone dot and,
with PIPELINING, the next message's MAIL, RCPT and DATA (RFC 2920 3.1: content may open a group,
DATA must close it). Of each write is told how much was taken: until that reaches the dot, a lost
connection means "known not sent"; from then on it means "in doubt".
"""

import time
from collections import deque
from collections.abc import Callable, Sequence

from service.sending.outcome import Outcome, Verdict
from service.sending.replies import CLOSING, lost, not_begun, smtp_outcome
from service.sending.transports.smtp_reply import Reply
from service.sending.transports.smtp_session import Session
from service.sending.transports.smtp_timeouts import SmtpTimeouts
from service.sending.transports.smtp_transaction import Transaction, prepare
from service.sending.transports.wave import Wave

SLICE = 256 * 1024
LONE_DOT = b".\r\n"
RESET = b"RSET\r\n"
CONTENT_WANTED, TAKEN = 354, 250
_GROUP = ("mail", "rcpt", "data")  # the stages of commands that go out as one
_DOT_AND_GROUP = deque(("dot", *_GROUP))
_TAKEN_AND_GO_AHEAD = [TAKEN, 250, 250, CONTENT_WANTED]

Octets = bytes | memoryview


class Dialogue:
    """Carries one message after another over an open session."""

    def __init__(
        self,
        session: Session,
        wave: Wave,
        *,
        timeouts: SmtpTimeouts,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._wave = wave
        self._timeouts = timeouts
        self._clock = clock
        self._expected: deque[str] = deque()  # the stages whose replies are due, in order
        self._commands = b""
        self._current: Transaction | None = None  # not all of its content is out
        self._finishing: Transaction | None = None  # its dot is out, or handed out
        self._before_dot = 0  # octets that are still to be taken until that dot itself is
        self.seasoned = False  # has carried mail: worth opening again when it is lost
        self.is_broken = False  # must be dropped, without another byte

    def join(self, wave: Wave) -> None:
        """Go on with the messages of another wave."""
        self._wave = wave
        self.seasoned = True

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way at all."""
        return not (self._expected or self._current or self._commands)

    @property
    def is_between_messages(self) -> bool:
        """Whether no message is under way; the answer to an RSET may still be due."""
        return self._current is None and self._finishing is None

    def deadline(self, now: float) -> float | None:
        """Return until when the other side must have done its part; None when nothing is due."""
        if (until := self._give_up_at()) is not None:
            return until
        if not self._expected:
            return None
        timeouts = self._timeouts
        return now + (timeouts.after_dot if self._expected[0] == "dot" else timeouts.command)

    def next_slice(self) -> Octets | None:
        """Return what is to be written next, counting it as begun; None when it is not our turn."""
        if self.is_broken:
            return None
        if self._current and self._current.give_up_at is not None:
            return self._content_slice(self._current) if self.may_go_on() else None
        out, self._commands = self._commands, b""
        if self._current is None and (self._session.pipelining or not self._expected):
            out += self._open_next()
        return out or None

    def wrote(self, count: int) -> None:
        """Note that so many more octets of the last slice were taken, in their order."""
        self._before_dot = max(0, self._before_dot - count)

    def may_go_on(self) -> bool:
        """Return whether content may still go out: ask before every write of it.

        A process that was frozen wakes here: whoever took over may have sent the message since.
        """
        until = self._give_up_at()
        if until is not None and self._clock() > until:
            self.cut("the content took too long")
        return not self.is_broken

    def hear(self, reply: Reply) -> None:
        """Take one reply from the other side."""
        if self._before_dot or not self._expected:
            self._unasked(reply)
            return
        stage = self._expected.popleft()
        if stage == "dot":
            self._finished(reply)
        elif stage == "discard":
            self.is_broken = reply.code == CLOSING
        elif reply.code == CLOSING:
            self._lose_current(stage, reply.text, code=reply.code)
            self.is_broken = True
        elif self._current is not None:
            self._answered(self._current, stage, reply)

    def hear_group(self, replies: Sequence[Reply]) -> None:
        """Take replies that came together, as `hear` would one by one, until one breaks it off."""
        current, finishing = self._current, self._finishing
        if (
            finishing is not None
            and current is not None
            and not self._before_dot
            and [reply.code for reply in replies] == _TAKEN_AND_GO_AHEAD
            and self._expected == _DOT_AND_GROUP
        ):  # the way it goes nearly always
            self._expected.clear()
            self._finishing = None
            self._wave.report(smtp_outcome(finishing.message, "dot", TAKEN, replies[0].text))
            self.seasoned = True
            self._begin_content(current)
            return
        for reply in replies:
            self.hear(reply)
            if self.is_broken:
                return

    def cut(self, reason: str) -> None:
        """Account for the connection's end: what was under way is in doubt or known not sent."""
        followed = self._lose_finishing(reason)
        stage = next((stage for stage in self._expected if stage not in ("dot", "discard")), "mail")
        self._lose_current(stage, reason, followed=followed)
        self._expected.clear()
        self.is_broken = True

    def _open_next(self) -> bytes:
        while (message := self._wave.take()) is not None:
            prepared = prepare(message, self._session)
            if isinstance(prepared, Outcome):
                self._wave.report(prepared)
                continue
            self._current = prepared
            if self._session.pipelining:
                self._expected.extend(_GROUP)
                return prepared.commands
            self._expected.append("mail")
            return _command(prepared, 0)
        return b""

    def _content_slice(self, transaction: Transaction) -> Octets:
        start, content = transaction.position, transaction.content
        transaction.position = end = start + SLICE
        rest = memoryview(content)[start:end] if start or end < len(content) else content
        if end < len(content):
            return rest
        self._finishing, self._current = transaction, None
        self._before_dot = len(rest) + len(b".")
        self._expected.append("dot")
        following = self._open_next() if self._session.pipelining else b""
        return b"".join((rest, LONE_DOT, following))

    def _give_up_at(self) -> float | None:
        """Return until when the content under way may be written; None when none is."""
        if self._before_dot and self._finishing:
            return self._finishing.give_up_at
        return self._current.give_up_at if self._current else None

    def _answered(self, current: Transaction, stage: str, reply: Reply) -> None:
        if stage == "data":
            self._data_answered(current, reply)
            return
        if not reply.is_positive and current.refusal is None:
            current.refusal = smtp_outcome(current.message, stage, reply.code, reply.text)
        if self._session.pipelining:
            return
        if current.refusal is not None:
            self._conclude(current.refusal, RESET)
            return
        self._commands, next_stage = {
            "mail": (_command(current, 1), "rcpt"),
            "rcpt": (_command(current, 2), "data"),
        }[stage]
        self._expected.append(next_stage)

    def _data_answered(self, current: Transaction, reply: Reply) -> None:
        if reply.code != CONTENT_WANTED:
            outcome = smtp_outcome(current.message, "data", reply.code, reply.text)
            self._conclude(current.refusal or outcome, RESET)
            self.is_broken = reply.is_positive or reply.code < 400  # noqa: PLR2004 - not a refusal
        elif current.refusal is not None:
            self._conclude(current.refusal, LONE_DOT)  # RFC 2920 3.1: no recipient, no message
        else:
            self._begin_content(current)

    def _begin_content(self, current: Transaction) -> None:
        if self._wave.may_begin(current.message):
            current.give_up_at = self._clock() + self._timeouts.content
        else:
            # 354 stands: a lone dot would now deliver an empty message, so the line is dropped.
            self._wave.report(not_begun(current.message, "body"))
            self._current = None
            self.is_broken = True

    def _conclude(self, outcome: Outcome, clean_up: bytes) -> None:
        self._wave.report(outcome)
        self._current = None
        self.seasoned = True
        self._commands += clean_up
        self._expected.append("discard")

    def _finished(self, reply: Reply) -> None:
        if self._finishing is None:
            return
        outcome = smtp_outcome(self._finishing.message, "dot", reply.code, reply.text)
        self._wave.report(outcome)
        self._finishing = None
        if outcome.verdict is Verdict.IN_DOUBT:
            self._lose_current("mail", reply.text, followed=True)
            self.is_broken = True
        else:
            self.seasoned = True

    def _unasked(self, reply: Reply) -> None:
        followed = self._lose_finishing(reply.text, code=reply.code)
        self._lose_current("body", reply.text, code=reply.code, followed=followed)
        self.is_broken = True

    def _lose_finishing(self, reason: str, *, code: int | None = None) -> bool:
        """Settle the message whose dot was handed out, if there is one; return whether it was."""
        finishing, self._finishing = self._finishing, None
        if finishing is None:
            return False
        if self._before_dot:
            self._wave.report(lost(finishing.message, "body", reason, code=code))
        else:
            self._wave.report(lost(finishing.message, "dot", reason, in_doubt=True))
        self._before_dot = 0
        return True

    def _lose_current(
        self, stage: str, reason: str, *, code: int | None = None, followed: bool = False
    ) -> None:
        """Settle the message under way; one that never had a fair try goes back to the wave."""
        current, self._current = self._current, None
        if current is None:
            return
        if current.give_up_at is not None:
            self._wave.report(lost(current.message, "body", reason, code=code))
        elif current.refusal is not None:
            self._wave.report(current.refusal)
        elif self.seasoned or followed:
            self._wave.give_back(current.message)
        elif code is None:
            self._wave.report(lost(current.message, stage, reason))
        else:
            self._wave.report(smtp_outcome(current.message, stage, code, reason))


def _command(transaction: Transaction, number: int) -> bytes:
    return transaction.commands.splitlines(keepends=True)[number]
