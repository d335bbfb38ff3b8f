"""The rendered thing handed to a transport: a value, never a row."""

from dataclasses import dataclass
from typing import Protocol

from service.rendering.fit import FitForData
from service.rendering.values import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageParts:
    """A message in pieces, for providers that take JSON instead of a finished message."""

    sender: str  # display name and address, as an RFC 5322 mailbox in Unicode
    recipient: str
    reply_to: str | None
    subject: str
    html: str
    text: str
    headers: tuple[tuple[str, str], ...]  # all others, in order: Message-ID, Date, List-Id, …


class Content(Protocol):
    """A brief or notice, rendered when it is asked for and not before."""

    def wire(self) -> bytes:
        """Return the whole RFC 5322 message: CRLF only, 7-bit, no line over 998 octets.

        An address that is not ASCII before its @ stands as UTF-8 in the To line (RFC 6532), and
        nothing else does: such a message goes out by SMTPUTF8 or not at all.

        No line begins with a dot, so that it is its own dot-stuffed form (RFC 5321 4.5.2); it
        ends in CRLF; the lone dot is the transport's.
        """
        ...

    def for_data(self) -> bytes | FitForData:
        """Return the same; with the proof that it keeps the last promise, where there is one."""
        ...

    def parts(self) -> MessageParts: ...


class BriefMaker(Protocol):
    """What makes the messages of an edition's briefs."""

    def render(self, reader: Reader) -> Content:
        """Return one reader's brief; raises `PodbriefError` when theirs cannot be made."""
        ...


@dataclass(slots=True, kw_only=True)  # not frozen: that would double what making one costs
class OutgoingMessage:
    """One message to one person, and the ids by which its outcome finds its row again."""

    delivery_id: int
    attempt: int  # counts the tries of this delivery, from 1
    envelope_from: str
    recipient: str  # the bare address
    content: Content
    transactional: bool = False  # a notice: providers keep such mails apart from bulk

    @property
    def idempotency_key(self) -> str:
        """What tells a provider that a call repeats the same attempt."""
        kind = "notice" if self.transactional else "brief"
        return f"{kind}-{self.delivery_id}-{self.attempt}"
