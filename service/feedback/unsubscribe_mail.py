"""Honour a mail to the address of List-Unsubscribe: what its subject carries is the proof.

Who a mail says it is from can be forged, so that counts for nothing: the signed token does, which
mail programs put into the subject for their reader (RFC 6068, RFC 2369). Nothing is ever answered:
an answer to a forged sender would be mail nobody asked for.
"""

import datetime as dt
import re
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from enum import StrEnum

from sqlalchemy.orm import Session

from service.errors import TokenError
from service.feedback.evidence import prove_accepted
from service.feedback.unsubscribe import UnsubscribeSource, unsubscribe
from service.tokens import LONGEST_TOKEN, Purpose, Signer

LARGEST_MAIL = 1_000_000  # bytes that are read of it
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{24,{LONGEST_TOKEN}}}", re.ASCII)
_LOOKED_AT = 20  # words of the subject or the first lines that may be a token


class MailOutcome(StrEnum):
    """What became of a mail that asks to be unsubscribed."""

    LEFT = "left"  # a subscription has ended
    LEFT_BEFORE = "left_before"  # it had ended before, or is no longer known
    NOT_OURS = "not_ours"  # no token of ours: somebody must read it


def unsubscribe_by_mail(
    session: Session, raw: bytes, *, signer: Signer, now: dt.datetime
) -> MailOutcome:
    """Read one raw mail and end the subscription whose token it carries."""
    for token in _tokens(raw[:LARGEST_MAIL]):
        try:
            ids = signer.read(Purpose.UNSUBSCRIBE, token, now=now)
            subscription_id, brief_id, day = ids
            local_date = dt.date.fromordinal(day)
        except (TokenError, ValueError, OverflowError):
            continue
        ended = unsubscribe(
            session, subscription_id=subscription_id, source=UnsubscribeSource.MAIL, now=now
        )
        prove_accepted(
            session,
            local_date=local_date,
            brief_id=brief_id,
            how=UnsubscribeSource.MAIL,
            now=now,
        )
        return MailOutcome.LEFT if ended else MailOutcome.LEFT_BEFORE
    return MailOutcome.NOT_OURS


def _tokens(raw: bytes) -> list[str]:
    """Return what may be a token: words of the subject, then of the first lines of its text."""
    try:
        mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
        subject = str(mail.get("Subject", ""))
        body = mail.get_body(("plain",))
        text = str(body.get_content())[:2000] if body is not None else ""
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, KeyError):
        return []
    return _TOKEN.findall(f"{subject}\n{text}")[:_LOOKED_AT]
