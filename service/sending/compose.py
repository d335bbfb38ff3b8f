"""Compose one message of a wave, and name what went wrong when it cannot be composed."""

from dataclasses import dataclass

from service.errors import PodbriefError
from service.rendering.fit import FitForData, fit, join_fit
from service.rendering.message import BriefMaker, Content, MessageParts, OutgoingMessage
from service.rendering.notice import NoticeRenderer
from service.rendering.values import Letter, Reader
from service.sending.dkim import DkimSigner
from service.sending.outcome import LONGEST_REPLY, Blame, Outcome, Verdict


@dataclass(slots=True)
class Built:
    """Content that was built once already, so that a transport can no longer meet a fault in it."""

    built: bytes
    source: Content

    def wire(self) -> bytes:
        return self.built

    def for_data(self) -> bytes:
        return self.built

    def parts(self) -> MessageParts:
        return self.source.parts()


@dataclass(slots=True)
class Signed:
    """Content that is signed when its bytes are made."""

    source: Content
    dkim: DkimSigner

    def wire(self) -> bytes:
        return self.dkim.sign(self.source.wire())

    def for_data(self) -> bytes | FitForData:
        built = self.source.for_data()
        if isinstance(built, FitForData):
            return join_fit((fit(self.dkim.signature(built.octets)), built.octets))
        return self.dkim.sign(built)

    def parts(self) -> MessageParts:
        return self.source.parts()


def compose(
    renderer: BriefMaker, reader: Reader, attempt: int, envelope_from: str
) -> OutgoingMessage:
    """Check one person's message; raises `PodbriefError` when theirs cannot be built.

    Its bytes are made when the transport asks for them: a wave of built messages would be read
    back from main memory one by one, which costs as much again as making them.
    """
    reader.attempt = attempt
    return OutgoingMessage(
        delivery_id=reader.brief_id,
        attempt=attempt,
        envelope_from=envelope_from,
        recipient=reader.email,
        content=renderer.render(reader),
    )


def signed(message: OutgoingMessage, dkim: DkimSigner | None) -> OutgoingMessage:
    """Return the message with a DKIM signature, if anybody signs here."""
    if dkim is None:
        return message
    message.content = Signed(message.content, dkim)
    return message


def compose_notice(
    renderer: NoticeRenderer, letter: Letter, attempt: int, bounce_address: str | None
) -> OutgoingMessage:
    """Build one notice's message; raises `PodbriefError` when it cannot be built."""
    content = renderer.render(letter)
    return OutgoingMessage(
        delivery_id=letter.notice_id,
        attempt=attempt,
        envelope_from=bounce_address or letter.from_email,
        recipient=letter.recipient,
        content=Built(content.wire(), content),
        transactional=True,
    )


def render_failure(delivery_id: int, attempt: int, error: PodbriefError) -> Outcome:
    """Return the outcome of a message that could not be built: known not sent, for good."""
    return Outcome(
        delivery_id=delivery_id,
        attempt=attempt,
        verdict=Verdict.FAILED,
        blame=Blame.MESSAGE,
        stage="render",
        reply=str(error)[:LONGEST_REPLY],
    )
