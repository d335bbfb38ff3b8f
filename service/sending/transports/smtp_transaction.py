"""Make one message ready for SMTP: its commands and its content, or the reason it cannot go."""

from dataclasses import dataclass
from functools import lru_cache

from service.log import log
from service.rendering.fit import FitForData
from service.rendering.message import OutgoingMessage
from service.sending.outcome import Blame, Outcome
from service.sending.replies import refused_here
from service.sending.transports.smtp_address import AddressError, Path, envelope_path
from service.sending.transports.smtp_content import fault_in
from service.sending.transports.smtp_session import Session


@dataclass(slots=True)
class Transaction:
    """One message on its way."""

    message: OutgoingMessage
    content: bytes
    commands: bytes  # MAIL, RCPT and DATA, as one group
    refusal: Outcome | None = None
    position: int = 0
    give_up_at: float | None = None  # set when its content may go out


class _UnsendableError(Exception):
    def __init__(self, stage: str, blame: Blame, reason: str) -> None:
        self.stage = stage
        self.blame = blame
        super().__init__(reason)


def prepare(message: OutgoingMessage, session: Session) -> Transaction | Outcome:
    """Render `message` and write its commands, or say why it cannot go this way."""
    try:
        sender = _sender(message.envelope_from)
        recipient = _path("rcpt", Blame.ADDRESS, message.recipient)
        needs_smtputf8 = _smtputf8(session, sender, recipient)
        content = _content(message, session, may_be_utf8=needs_smtputf8)
    except _UnsendableError as error:
        return refused_here(message, error.stage, error.blame, str(error))
    size = b" SIZE=%d" % len(content) if session.offers_size else b""
    # such a server takes 8-bit too (RFC 6531 3.6), and the To line of such a mail is UTF-8
    utf8 = b" BODY=8BITMIME SMTPUTF8" if needs_smtputf8 else b""
    commands = b"MAIL FROM:<%b>%b%b\r\nRCPT TO:<%b>\r\nDATA\r\n" % (
        sender.octets, size, utf8, recipient.octets,
    )  # fmt: skip
    return Transaction(message, content, commands)


@lru_cache(maxsize=64)
def _sender(address: str) -> Path:
    return _path("mail", Blame.SENDER, address)


def _path(stage: str, blame: Blame, address: str) -> Path:
    try:
        path = envelope_path(address)
    except AddressError as error:
        raise _UnsendableError(stage, blame, str(error)) from error
    if stage == "rcpt" and not path.octets:
        raise _UnsendableError(stage, blame, "the address is empty")
    return path


def _smtputf8(session: Session, sender: Path, recipient: Path) -> bool:
    if not sender.needs_smtputf8 and not recipient.needs_smtputf8:
        return False
    if session.smtputf8:
        return True
    for stage, blame, path in (
        ("mail", Blame.SENDER, sender),
        ("rcpt", Blame.ADDRESS, recipient),
    ):
        if path.needs_smtputf8:
            reason = "the address is not ASCII and the mail server does not offer SMTPUTF8"
            raise _UnsendableError(stage, blame, reason)
    return False


def _content(message: OutgoingMessage, session: Session, *, may_be_utf8: bool) -> bytes:
    try:
        built = message.content.for_data()
    except Exception as error:
        # One brief that cannot be rendered must not stop the others of its wave.
        log.exception("render_failed", delivery_id=message.delivery_id)
        raise _UnsendableError("render", Blame.MESSAGE, f"cannot be rendered: {error}") from error
    fault = fault_in(built, may_be_utf8=may_be_utf8)
    if fault is not None:
        raise _UnsendableError("render", Blame.MESSAGE, fault)
    content = built.octets if isinstance(built, FitForData) else built
    if 0 < session.size_limit < len(content):
        reason = f"the message has {len(content)} octets, the server takes {session.size_limit}"
        raise _UnsendableError("mail", Blame.MESSAGE, reason)
    return content
