"""An SMTP dialogue without its socket: spoken to and heard by hand."""

from typing import Any

from service.rendering.message import OutgoingMessage
from service.sending.outcome import BeforeContent
from service.sending.transports.limiter import Limiter
from service.sending.transports.smtp_dialogue import Dialogue
from service.sending.transports.smtp_reply import Reply
from service.sending.transports.smtp_session import Session
from service.sending.transports.smtp_timeouts import SmtpTimeouts
from service.sending.transports.wave import Wave

OK, GO_AHEAD = Reply(250, "2.0.0 ok"), Reply(354, "go ahead")


class HandClock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def talk(
    *letters: OutgoingMessage,
    clock: HandClock,
    may_begin: BeforeContent = lambda *_: True,
    pipelining: bool = True,
    **session: Any,
) -> tuple[Dialogue, Wave]:
    wave = Wave(letters, may_begin, Limiter(0))
    offered = Session(pipelining=pipelining, **session)
    return Dialogue(offered, wave, timeouts=SmtpTimeouts(content=180), clock=clock), wave


def said(dialogue: Dialogue) -> list[bytes]:
    pieces = []
    while (piece := dialogue.next_slice()) is not None:
        pieces.append(bytes(piece))
        dialogue.wrote(len(piece))
    return pieces


def hear(dialogue: Dialogue, *replies: Reply) -> None:
    for reply in replies:
        dialogue.hear(reply)
