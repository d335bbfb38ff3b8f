"""What the catcher passes around: a mail as received, and a mail as kept."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    """One SMTP transaction: one content, a copy for each recipient."""

    envelope_from: str  # empty for the null sender
    recipients: tuple[str, ...]
    content: bytes  # as sent, without dot-stuffing; nothing is added
    received_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSummary:
    """One line of the list: one copy, kept for one recipient."""

    id: int
    received_at: dt.datetime
    envelope_from: str
    envelope_to: str
    header_from: str
    header_to: str
    subject: str
    message_id: str
    size: int  # octets


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMail:
    """One copy and its whole content."""

    summary: MailSummary
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much mail there is, and the newest of it."""

    messages: int
    recipients: int
    newest_id: int  # 0: none yet
    newest_at: dt.datetime | None
