"""What the sweeper does for notices: send again what is in doubt, end and blank what is over."""

import datetime as dt
from typing import Any

from sqlalchemy import Update, func, or_, update
from sqlalchemy.orm import Session

from service.ledger.notice_models import Notice
from service.ledger.state import CLAIMABLE, DeliveryState
from service.sending.resolve import ASKABLE, NOT_FOUND

MOST_RESENT = 1  # policy `resend`: a second copy of a confirmation does less harm than none


def notices_sent_again(session: Session, now: dt.datetime) -> int:
    """Owe notices in doubt once more: same bytes, same Message-ID, at most two copies in all.

    A notice is in doubt only once its wave has ended: its worker said so, its journal did, or its
    lease ran out. Where the provider can be asked, it was asked first, and knows nothing of it.
    """
    return _count(
        session,
        update(Notice)
        .where(
            Notice.settled_at.is_(None),
            Notice.state == DeliveryState.IN_DOUBT.value,
            Notice.resent < MOST_RESENT,
            Notice.expires_at > now,
            or_(func.coalesce(Notice.transport, "").not_in(ASKABLE), Notice.reason == NOT_FOUND),
        )
        .values(
            state=DeliveryState.PLANNED.value,
            reason="sent_again",
            resent=Notice.resent + 1,
            next_at=now,
        ),
    )


def notices_expired(session: Session, now: dt.datetime) -> int:
    """End notices past their time: unsent ones expire, doubtful ones stay unknown."""
    ended = 0
    for before, after in (
        (CLAIMABLE, DeliveryState.EXPIRED),
        ({DeliveryState.IN_DOUBT}, DeliveryState.UNKNOWN),
    ):
        ended += _count(
            session,
            update(Notice)
            .where(
                Notice.settled_at.is_(None),
                Notice.state.in_([state.value for state in before]),
                Notice.expires_at <= now,
            )
            .values(state=after.value, settled_at=now),
        )
    return ended


def notices_blanked(session: Session, now: dt.datetime) -> int:
    """Take addresses, arguments and replies out of notices that have ended and expired."""
    return _count(
        session,
        update(Notice)
        .where(Notice.recipient != "", Notice.expires_at <= now, Notice.settled_at.is_not(None))
        .values(recipient="", address_key="", arguments={}, reply=None),
    )


def _count(session: Session, statement: Update) -> int:
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)
