"""Give a due moment to subscriptions that have none: new ones, and those whose wishes changed.

Whoever changes an hour, zone, frequency or status clears `next_due_at`; zones are computed in one
place only.
"""

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, select, update
from sqlalchemy.orm import Session

from service.audience.models import Subscription, SubscriptionStatus
from service.db.base import UtcDateTime
from service.db.bulk import rows_as_table
from service.db.database import Database
from service.editions.due import ZONE_CHANGE_PAUSE, next_due

PAGE_SIZE = 5_000


def schedule_new(database: Database, *, now: dt.datetime) -> int:
    """Schedule all active subscriptions without a due moment; return how many."""
    scheduled = 0
    while True:
        with database.reading() as session:
            waiting = _waiting(session)
        if not waiting:
            return scheduled
        with database.transaction() as session:
            scheduled += _schedule(session, waiting, now=now)


def _waiting(session: Session) -> list[Subscription]:
    return list(
        session.scalars(
            select(Subscription)
            .where(
                Subscription.next_due_at.is_(None),
                Subscription.status == SubscriptionStatus.ACTIVE.value,
            )
            .order_by(Subscription.id)
            .limit(PAGE_SIZE)
        )
    )


def _schedule(session: Session, waiting: list[Subscription], *, now: dt.datetime) -> int:
    page = rows_as_table(
        session,
        "page",
        {
            "id": (BigInteger(), [subscription.id for subscription in waiting]),
            "due": (UtcDateTime(), [_first_due(subscription, now) for subscription in waiting]),
        },
    )
    done = session.execute(
        update(Subscription)
        .where(
            Subscription.id == page.c.id,
            Subscription.next_due_at.is_(None),
            Subscription.status == SubscriptionStatus.ACTIVE.value,
        )
        .values(next_due_at=page.c.due)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def _first_due(subscription: Subscription, now: dt.datetime) -> dt.datetime:
    zone = ZoneInfo(subscription.timezone)
    last = subscription.last_due_at
    moved = subscription.last_timezone not in (None, subscription.timezone)
    return next_due(
        after=now,
        zone=zone,
        hour=subscription.hour,
        frequency=subscription.frequency,
        served_date=subscription.last_local_date,
        not_before=last + ZONE_CHANGE_PAUSE if last is not None and moved else None,
    )
