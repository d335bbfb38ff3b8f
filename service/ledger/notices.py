"""Owe somebody a notice: one row, written in the transaction of the deed that owes it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.jobs import Bell, Job, ring_after_commit
from service.ledger.notice_models import Notice, NoticeKind
from service.ledger.state import DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a notice is for, and what it is about."""

    address: str
    address_key: str  # of service.audience.addresses
    subscriber_id: int | None = None
    staff_id: int | None = None
    list_id: int | None = None


def owe_notice(
    session: Session,
    *,
    kind: NoticeKind,
    recipient: Recipient,
    dedupe_key: str,
    expires_at: dt.datetime,
    arguments: Mapping[str, int | str],
    now: dt.datetime,
    doorbell: Bell | None = None,
) -> bool:
    """Write the notice down and ring once it is committed; False when it is owed already.

    `dedupe_key` names the deed: a form sent twice owes one mail. `arguments` are ids and small
    values; a secret among them must be sealed (`service.db.sealed`). After `expires_at` it is
    neither sent nor sent again.
    """
    values = {
        "kind": kind.value,
        "dedupe_key": dedupe_key,
        "recipient": recipient.address,
        "address_key": recipient.address_key,
        "subscriber_id": recipient.subscriber_id,
        "staff_id": recipient.staff_id,
        "list_id": recipient.list_id,
        "arguments": dict(arguments),
        "state": DeliveryState.PLANNED.value,
        "due_at": now,
        "next_at": now,
        "expires_at": expires_at,
        "created_at": now,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    owed = session.scalar(
        dialect.insert(Notice)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
        .returning(Notice.id)
    )
    if owed is None:
        return False
    ring_after_commit(session, doorbell, Job.DELIVER)
    return True
